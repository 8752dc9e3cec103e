#!/usr/bin/env bash
# The order forgets the key of the click: a double click, a reload or a retry orders again.
. "$(dirname "$0")/in_copy.sh"
change app/main.py 'orders.place(work, new, key)' 'orders.place(work, new, str(time.time()))'
commit "Break G2: every click is an order"
