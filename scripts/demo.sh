#!/usr/bin/env bash
# Releases one of the examples with the real tools and real servers, in a copy of its own.
# demo.sh EXAMPLE [BREAK]; BREAK is one of the example's break scripts: see what stays shut.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/say.sh"

tools=$root/target/demo
example=$1
fault=${2:-}

main() {
  [ -e "$root/scripts/demo-$example.sh" ] ||
    fail "there is no example $example" "one of: shop, marketplace"
  [ -z "$fault" ] || [ -x "$root/examples/$example/break/$fault.sh" ] ||
    fail "there is no examples/$example/break/$fault.sh" "one of: $(faults)"
  # The example says what it needs and how it goes out: version, paths, serve, stop, release, told.
  # shellcheck source=scripts/demo-shop.sh
  . "$root/scripts/demo-$example.sh"
  build_tollgate
  "$root/scripts/$example-tools.sh" "$tools"
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/tollgate-demo.XXXXXX")
  "$root/scripts/example-copy.sh" "$example" "$tools" "$scratch/$example"
  export PATH="$paths:$PATH"
  trap stop EXIT
  serve
  [ -z "$fault" ] || "$scratch/$example/break/$fault.sh"

  cd "$scratch/$example"
  local code=0 expected=0
  [ -z "$fault" ] || expected=$(expected_code)
  release || code=$?
  tell_what_to_try "$code"
  [ "$code" -eq "$expected" ]
}

build_tollgate() {
  need cargo "see https://rustup.rs"
  say "tollgate itself (the first build takes some minutes)"
  (cd "$root" && cargo build --release --locked)
  mkdir -p "$tools/bin"
  ln -sfn "${CARGO_TARGET_DIR:-$root/target}/release/tollgate" "$tools/bin/tollgate"
}

# Shows a call of Tollgate, and does it.
step() {
  say "tollgate $*"
  tollgate "$@"
}

# Keeps settings for this script's commands and for a shell of the reader's own.
# keep NAME…
keep() {
  local name
  for name in "$@"; do
    export "${name?}"
    printf 'export %s=%q\n' "$name" "${!name}" >>"$scratch/env.sh"
  done
}

faults() { (cd "$root/examples/$example/break" && printf '%s ' *-*.sh | sed 's/\.sh//g'); }

tell_what_to_try() {
  cat <<TEXT

tollgate exited with $1$([ "$1" = 0 ] && echo ": all that was asked for passed" || echo ": what stands behind the fault stayed shut").

Evidence   $scratch/$example/.tollgate/runs (summary.md, junit.xml, manifest.json, log.jsonl, evidence/)
Ledger     $scratch/$example/.tollgate/ledger.db
$([ "$1" != 0 ] || told)

Try next
  cd $scratch/$example && . ../env.sh
                                             the tools that the demo used
  tollgate status                            the verdict, from the ledger
  tollgate ledger verify                     nothing in the record was changed
  tollgate run                               what has passed for this commit is not run again
  make demo EXAMPLE=$example BREAK=NAME
                                             from here: break something and see what stays shut;
                                             $(faults)
TEXT
}

main
