#!/usr/bin/env bash
# Gets what examples/marketplace is checked with into a folder: Python packages at their pinned
# versions. PostgreSQL's server must be installed. What is there already is used again.
# marketplace-tools.sh FOLDER; afterwards FOLDER/marketplace/bin belongs on the PATH.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
marketplace=$(cd "$scripts/../examples/marketplace" && pwd)
. "$scripts/say.sh"
. "$scripts/once.sh"

mkdir -p "$1"
tools=$(cd "$1" && pwd -P) # a folder behind a link is the same folder

main() {
  need git "apt-get install git"
  need python3 "apt-get install python3"
  "$scripts/postgres.sh" programs >/dev/null
  lock "$tools"
  once "$tools" marketplace "$(python3 --version; cat "$marketplace"/requirements*.txt)" \
    python_packages
}

python_packages() {
  say "Python packages of the marketplace"
  "$scripts/python-packages.sh" "$tools/marketplace" "$marketplace/requirements-dev.txt" "$tools/apt"
}

main
