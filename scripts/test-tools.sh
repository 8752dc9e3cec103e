#!/usr/bin/env bash
# Gets what the tests need into a folder: GitHub's description of its REST API and GitHub's own client
# of the artifact service, to which their fake GitHub is held; Schemathesis, which the control plane
# is asked questions by; and a store that speaks S3 (built once, in about two minutes on two cores).
# Needs no root.
# test-tools.sh FOLDER
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
client=$(cd "$scripts/../tests/artifact_client" && pwd)
requirements=$scripts/test-requirements.txt
. "$scripts/say.sh"
. "$scripts/once.sh"

openapi=23.0.2
openapi_sha256=829b4bebb19a53133289f7b0bc819f4f1118115821db2ca9f25e9ee995a7da2a
s3s_fs=0.14.1
mkdir -p "$1"
tools=$(cd "$1" && pwd -P) # a folder behind a link is the same folder

main() {
  need npm "apt-get install npm, or see https://nodejs.org"
  need python3 "apt-get install python3"
  lock "$tools"
  once "$tools" github "$openapi $openapi_sha256" description
  once "$tools" artifact "$(cat "$client"/package*.json)" artifact_client
  once "$tools" schemathesis "$(python3 --version; cat "$requirements")" schemathesis
  once "$tools" s3 "$s3s_fs" s3_store
}

# The package holds half a gigabyte of variants; one file of 13 MB stays.
description() {
  say "GitHub's description of its REST API"
  local file=package/generated/api.github.com.json
  mkdir -p "$tools/github"
  (cd "$tools/github" && npm pack --silent --no-update-notifier "@octokit/openapi@$openapi") \
    </dev/null >/dev/null ||
    fail "@octokit/openapi could not be fetched" "npm's own message is above"
  tar -xzf "$tools"/github/octokit-openapi-*.tgz -C "$tools/github" --strip-components=2 "$file"
  rm "$tools"/github/octokit-openapi-*.tgz
  echo "$openapi_sha256  $tools/github/${file##*/}" | sha256sum --check --quiet ||
    fail "@octokit/openapi $openapi is not what it was"
}

artifact_client() {
  say "GitHub's artifact client"
  mkdir -p "$tools/artifact"
  cp "$client"/package*.json "$tools/artifact/"
  npm --prefix "$tools/artifact" ci --ignore-scripts --no-audit --no-fund \
    --loglevel=error --no-update-notifier </dev/null >/dev/null ||
    fail "@actions/artifact could not be installed" "npm's own message is above"
}

schemathesis() {
  say "Schemathesis"
  "$scripts/python-packages.sh" "$tools/schemathesis" "$requirements" "$tools/apt"
}

s3_store() {
  say "s3s-fs $s3s_fs"
  cargo install s3s-fs --locked --quiet --debug --version "$s3s_fs" --features binary \
    --root "$tools/s3" </dev/null ||
    fail "s3s-fs could not be built" "cargo's own message is above"
}

main
