#!/usr/bin/env bash
# Gets what examples/shop is checked with into a folder: Python and Node packages at their pinned
# versions, and an OCI registry. What is there already is used again. Needs no root.
# shop-tools.sh FOLDER; afterwards FOLDER/bin and FOLDER/python/bin belong on the PATH.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
shop=$(cd "$scripts/../examples/shop" && pwd)
. "$scripts/say.sh"
. "$scripts/once.sh"

mkdir -p "$1/bin"
tools=$(cd "$1" && pwd -P) # a folder behind a link is the same folder

main() {
  need git "apt-get install git"
  need python3 "apt-get install python3"
  need npm "apt-get install npm, or see https://nodejs.org"
  lock "$tools"
  once "$tools" python "$(python3 --version; cat "$shop"/requirements*.txt)" python_packages
  once "$tools" portal "$(cat "$shop"/portal/package*.json)" node_packages
  once "$tools" registry "" unpack_registry
  ln -sfn "$tools/portal/node_modules/.bin/node" "$tools/bin/node"
}

python_packages() {
  say "Python packages of the shop"
  "$scripts/python-packages.sh" "$tools/python" "$shop/requirements-dev.txt" "$tools/apt"
}

node_packages() {
  say "Node packages of the shop's portal"
  mkdir -p "$tools/portal"
  cp "$shop"/portal/package*.json "$tools/portal/"
  npm --prefix "$tools/portal" ci --ignore-scripts --no-audit --no-fund \
    --loglevel=error --no-update-notifier </dev/null >/dev/null ||
    fail "the packages of examples/shop/portal could not be installed" "npm's own message is above"
  "$tools/portal/node_modules/.bin/node" --version >/dev/null 2>&1 ||
    fail "there is no Node $(cat "$shop/.nvmrc") for this machine ($(uname -sm))" \
      "the example pins it as an npm package, which exists for Linux on x86-64 and arm64"
}

unpack_registry() {
  mkdir -p "$tools/registry"
  local found
  if ! found=$(command -v docker-registry); then
    say "docker-registry, unpacked without root"
    "$scripts/apt-unpack.sh" docker-registry "$tools/registry" "$tools/apt"
    found=$tools/registry/usr/bin/docker-registry
  fi
  "$found" --version >/dev/null || fail "$found does not start"
  ln -sfn "$found" "$tools/bin/docker-registry"
}

main
