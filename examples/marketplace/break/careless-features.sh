#!/usr/bin/env bash
# Neither recommendations nor the digest can be down: more than the policy tolerates.
. "$(dirname "$0")/in_copy.sh"
change app/extras.py 'except (httpx2.HTTPError, ValueError, TypeError):' 'except ValueError:'
change app/extras.py 'return DigestResult(sent=False, notice="Mail' 'return DigestResult(sent=True, notice="Mail'
commit "Break G4: both degradable features break what is around them"
