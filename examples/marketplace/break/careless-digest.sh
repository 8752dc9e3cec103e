#!/usr/bin/env bash
# Where mail is down, people are told that their digest was sent.
. "$(dirname "$0")/in_copy.sh"
change app/extras.py 'return DigestResult(sent=False, notice="Mail' 'return DigestResult(sent=True, notice="Mail'
commit "Break G4: the digest says what is not true"
