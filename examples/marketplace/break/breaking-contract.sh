#!/usr/bin/env bash
# A route is renamed, in the app and in the contract: whoever calls the old one is lost.
. "$(dirname "$0")/in_copy.sh"
change app/main.py '"/audit"' '"/audit-events"'
python -m scripts.contract
commit "Break contract: GET /audit is gone"
