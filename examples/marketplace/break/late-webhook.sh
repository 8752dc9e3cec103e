#!/usr/bin/env bash
# An event that comes late takes back what a newer one gave.
. "$(dirname "$0")/in_copy.sh"
change app/money.py 'greatest(paid_until, %(until)s)' '%(until)s'
commit "Break G2: the last event wins"
