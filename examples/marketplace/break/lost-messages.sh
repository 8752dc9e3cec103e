#!/usr/bin/env bash
# Who lost the connection is told new messages only, and misses those in between.
. "$(dirname "$0")/in_copy.sh"
change app/chat.py '        yield SIGN_OF_LIFE
        cursor' '        newest = await connection.execute("select coalesce(max(id), 0) from messages")
        (after,) = await newest.fetchone()
        yield SIGN_OF_LIFE
        cursor'
commit "Break G2: no way to catch up after a disconnection"
