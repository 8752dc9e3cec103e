#!/usr/bin/env bash
# Takes examples/shop from lint to tag with the real tools and a real registry, in a copy of its own.
# demo.sh [BREAK]; BREAK is one of examples/shop/break, such as lint-fault: see what stays shut.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/say.sh"

tools=$root/target/demo
version=1.4.0
fault=${1:-}

main() {
  [ -z "$fault" ] || [ -x "$root/examples/shop/break/$fault.sh" ] ||
    fail "there is no examples/shop/break/$fault.sh" "one of: $(faults)"
  build_tollgate
  "$root/scripts/shop-tools.sh" "$tools"
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/tollgate-demo.XXXXXX")
  "$root/scripts/example-copy.sh" shop "$tools" "$scratch/shop"
  export PATH="$tools/bin:$tools/python/bin:$PATH"
  start_registry
  [ -z "$fault" ] || "$scratch/shop/break/$fault.sh"

  cd "$scratch/shop"
  say "tollgate run --release-version $version"
  local code=0 expected=0
  [ -z "$fault" ] || expected=1
  tollgate run --release-version "$version" || code=$?
  [ -n "$fault" ] || tollgate run G4 --release-version "$version" || code=$?
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

# Starts the registry, ends it with this script, and keeps the settings for a shell of your own.
start_registry() {
  trap '"$root/scripts/registry.sh" stop "$scratch/registry"' EXIT
  SHOP_REGISTRY=$("$root/scripts/registry.sh" start "$scratch/registry")
  export SHOP_REGISTRY
  say "a registry on $SHOP_REGISTRY"
  printf 'export PATH=%q SHOP_REGISTRY=%q\n' "$PATH" "$SHOP_REGISTRY" >"$scratch/env.sh"
}

faults() { (cd "$root/examples/shop/break" && printf '%s ' *-*.sh | sed 's/\.sh//g'); }

tell_what_to_try() {
  cat <<TEXT

tollgate run exited with $1$([ "$1" = 0 ] && echo ": every stage passed" || echo ": what stands behind the fault stayed shut").

Evidence   $scratch/shop/.tollgate/runs (summary.md, junit.xml, manifest.json, log.jsonl, evidence/)
Ledger     $scratch/shop/.tollgate/ledger.db
$([ "$1" = 0 ] && echo "Image      $(cat dist/image.digest), in the registry under the same digest
Tag        v$version on $(git rev-parse --short "v$version^{commit}")")

Try next
  cd $scratch/shop && . ../env.sh     the tools that the demo used
  tollgate status                            the verdict, from the ledger
  tollgate ledger verify                     nothing in the record was changed
  tollgate run                               what has passed for this commit is not run again
  make demo BREAK=NAME                       from here: break something and see what stays shut;
                                             $(faults)
TEXT
}

main
