#!/usr/bin/env bash
# Gets what the tests need and this machine lacks; says plainly what it could not get.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/say.sh"

missing=()

# Notes the Debian PACKAGE as missing unless COMMAND is there.
want() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }

install_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    fail "missing on this machine: ${missing[*]}" \
      "run: sudo apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "apt-get install ${missing[*]}"
  apt-get -qq update </dev/null || say "not every package list could be read"
  DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends \
    "${missing[@]}" </dev/null >/dev/null || fail "apt-get could not install ${missing[*]}"
}

want cc gcc
want git git
want python3 python3
want npm npm
want busybox busybox-static
compgen -G "/usr/lib/postgresql/*/bin/pg_ctl" >/dev/null || want pg_ctl postgresql
want chromium chromium
# Container steps run on the engine that is there, or on one that the tests start for themselves.
docker info >/dev/null 2>&1 || want dockerd docker.io
install_missing
need cargo "see https://rustup.rs"
"$root/scripts/shop-tools.sh" "$root/target/demo"
"$root/scripts/marketplace-tools.sh" "$root/target/demo"
"$root/scripts/test-tools.sh" "$root/target/tools"
