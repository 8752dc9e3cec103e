#!/usr/bin/env bash
# The app calls an event by another name than those who watch the log.
. "$(dirname "$0")/in_copy.sh"
change app/money.py '"subscription.paid"' '"subscription.extended"'
change tests/test_observability.py '("subscription.paid"' '("subscription.extended"'
commit "Break G5: an event is renamed"
