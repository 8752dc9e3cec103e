#!/usr/bin/env bash
# Where the recommender is down, the listing is not shown either.
. "$(dirname "$0")/in_copy.sh"
change app/extras.py 'except (httpx2.HTTPError, ValueError, TypeError):' 'except ValueError:'
commit "Break G4: a listing needs the recommender"
