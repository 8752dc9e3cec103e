#!/usr/bin/env bash
# The log calls an event by another name than the operators search for.
. "$(dirname "$0")/in_copy.sh"
change app/money.py '"subscription.paid"' '"subscription.extended"'
change tests/test_observability.py '("subscription.paid"' '("subscription.extended"'
commit "Break G5: an event is renamed"
