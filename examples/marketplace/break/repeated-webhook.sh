#!/usr/bin/env bash
# Nothing remembers which events were booked; only the database's keys stand against a repetition.
. "$(dirname "$0")/in_copy.sh"
change app/money.py '    if work.run("select from payments where event_id = %(id)s", id=event.id):
        return Receipt(result="duplicate")
' ''
commit "Break G2: a repeated webhook is no duplicate"
