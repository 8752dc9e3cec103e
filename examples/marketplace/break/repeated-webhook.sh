#!/usr/bin/env bash
# An event of the payment service is booked as often as it comes.
. "$(dirname "$0")/in_copy.sh"
change app/money.py 'where event_id = %(id)s' "where event_id = %(id)s and event_id <> event_id"
change app/money.py 'event=event.id,' 'event=event.id + datetime.now().isoformat(),'
commit "Break G2: a repeated webhook counts again"
