#!/usr/bin/env bash
# Whatever event comes last wins, however late it comes.
. "$(dirname "$0")/in_copy.sh"
change app/money.py 'greatest(paid_until, %(until)s)' '%(until)s'
change app/money.py '"paid" if order.status == "open" else "refund due"' '"paid"'
commit "Break G2: the last event wins"
