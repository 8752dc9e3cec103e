#!/usr/bin/env bash
# Makes a copy of one of the examples as a git repository of its own, with one commit.
# example-copy.sh EXAMPLE TOOLS FOLDER; TOOLS is what the example's tools script filled.
set -euo pipefail
example=$(cd "$(dirname "$0")/../examples/$1" && pwd)
tools=$2 copy=$3

mkdir -p "$copy"
# Links lead to other examples, so what they stand for is copied.
(cd "$example" && git ls-files -z --cached --others --exclude-standard |
  tar --create --dereference --null --files-from=-) |
  tar --extract --directory "$copy"
[ ! -d "$copy/portal" ] || ln -s "$tools/portal/node_modules" "$copy/portal/node_modules"
cd "$copy"
git init --quiet --initial-branch=main
# Whatever this machine's own git settings say about identity, signing and hooks.
git config user.name "Robin Release"
git config user.email robin@shop.example
git config commit.gpgsign false
git config tag.gpgsign false
git config core.hooksPath .git/hooks
git add --all
git commit --quiet --message "The $1, ready to go out"
