#!/usr/bin/env bash
# Unpacks a Debian package into a folder, without root: apt-unpack.sh PACKAGE FOLDER SCRATCH
# Lists and downloads are kept under SCRATCH; nothing is installed and no service is started.
set -euo pipefail
. "$(dirname "$0")/say.sh"

package=$1 folder=$2 scratch=$3
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
  fail "$package is missing, and it can only be fetched where there is apt" \
    "install it with this system's package manager, then run the command again"
fi
mkdir -p "$scratch"/{lists/partial,cache/archives/partial}
scratch=$(cd "$scratch" && pwd)

apt() {
  apt-get --quiet --quiet \
    -o Dir::State="$scratch" -o Dir::State::lists="$scratch/lists" \
    -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache="$scratch/cache" \
    -o APT::Sandbox::User="$(id -un)" "$@" </dev/null
}

# Where one of the machine's own sources is out of order, the package may still be in another.
apt update >"$scratch/update.log" 2>&1 || {
  cat "$scratch/update.log" >&2
  say "not every package list could be read; looking for $package in those that could"
}
(cd "$scratch" && rm -f "${package}"_*.deb && apt download "$package") ||
  fail "$package could not be fetched with apt" "as root: apt-get install $package"
mkdir -p "$folder"
dpkg-deb --extract "$scratch/$package"_*.deb "$folder"
