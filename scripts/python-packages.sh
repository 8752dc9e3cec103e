#!/usr/bin/env bash
# Makes a Python environment with the packages of a requirements file, without root.
# python-packages.sh ENVIRONMENT REQUIREMENTS SCRATCH
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
. "$scripts/say.sh"

environment=$1 requirements=$2 scratch=$3

pip=(-m pip)
if ! python3 -m venv "$environment" >/dev/null 2>&1; then
  # Debian's python3 comes without ensurepip; its pip is a wheel of its own that runs as it is.
  "$scripts/apt-unpack.sh" python3-pip-whl "$scratch/pip" "$scratch"
  rm -rf "$environment"
  python3 -m venv --without-pip "$environment"
  pip=("$(echo "$scratch"/pip/usr/share/python-wheels/pip-*.whl)/pip")
fi
"$environment/bin/python" "${pip[@]}" install --quiet --disable-pip-version-check \
  --requirement "$requirements" </dev/null ||
  fail "the packages of $requirements could not be installed" "pip's own message is above"
