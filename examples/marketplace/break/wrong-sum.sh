#!/usr/bin/env bash
# A payment is taken though more came in than is due.
. "$(dirname "$0")/in_copy.sh"
change app/money.py 'event.amount_cents != due' 'event.amount_cents < due'
commit "Break G3: too much money is booked as the price"
