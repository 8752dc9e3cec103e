#!/usr/bin/env bash
# Makes a copy of examples/shop as a git repository of its own, with one commit.
# shop-copy.sh TOOLS FOLDER; TOOLS is what shop-tools.sh filled.
set -euo pipefail
shop=$(cd "$(dirname "$0")/../examples/shop" && pwd)
tools=$1 copy=$2

mkdir -p "$copy"
(cd "$shop" && git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from=-) |
  tar --extract --directory "$copy"
ln -s "$tools/portal/node_modules" "$copy/portal/node_modules"
cd "$copy"
git init --quiet --initial-branch=main
# Whatever this machine's own git settings say about identity, signing and hooks.
git config user.name "Robin Release"
git config user.email robin@shop.example
git config commit.gpgsign false
git config tag.gpgsign false
git config core.hooksPath .git/hooks
git add --all
git commit --quiet --message "The shop, ready for 1.4.0"
