#!/usr/bin/env bash
# Ruff finds an import that nothing uses: lint fails, nothing behind it runs.
. "$(dirname "$0")/in_copy.sh"
change app/catalogue.py 'from pydantic' $'import os\n\nfrom pydantic'
commit "Break lint: an unused import"
