#!/usr/bin/env bash
# Lines of the log do not tell who it was.
. "$(dirname "$0")/in_copy.sh"
change app/log.py '
        "user_id": user_id,' ''
commit "Break G5: the log forgets the user"
