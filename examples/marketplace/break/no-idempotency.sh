#!/usr/bin/env bash
# Nothing remembers a click: a double click, a reload or a retry does everything again.
. "$(dirname "$0")/in_copy.sh"
change app/main.py 'orders.place(work, new, key)' 'orders.place(work, new, str(time.time()))'
change app/main.py 'listings.post(work, new, key)' 'listings.post(work, new, str(time.time()))'
change app/main.py 'buyer_id=buyer_id), new, key)' 'buyer_id=buyer_id), new, str(time.time()))'
change app/accounts.py 'if not there or not' 'if there or not'
ruff format --quiet app
commit "Break G2: every click counts"
