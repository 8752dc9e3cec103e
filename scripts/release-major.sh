#!/usr/bin/env bash
# Puts the major tag (v1 for v1.4.0) on the commit of a release that a person has published, when it is
# the newest of its major version.
# release-major.sh TAG [REMOTE]
set -euo pipefail
. "$(dirname "$0")/say.sh"

tag=$1 remote=${2:-origin}
major=${tag%%.*}

main() {
  [[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "$tag is not a tag vX.Y.Z"
  if ! is_newest; then
    say "$tag is not the newest release of $major, which stays where it is"
    return
  fi
  local commit
  git fetch --quiet --depth 1 "$remote" "refs/tags/$tag"
  commit=$(git rev-parse 'FETCH_HEAD^{commit}')
  git show "$commit:action.yml" | grep -q '^  image: docker://.*@sha256:' ||
    fail "action.yml of $tag names no published image" "scripts/release-action.sh comes first"
  git push --quiet --force "$remote" "$commit:refs/tags/$major"
  say "$major is now $tag"
}

# A pre-release never is, nor is a correction of an older minor version.
is_newest() {
  [[ $tag != *-* ]] || return 1
  local newest
  newest=$(git ls-remote --tags --refs "$remote" "refs/tags/$major.*" | sed 's|.*refs/tags/||' |
    grep -xE 'v[0-9]+\.[0-9]+\.[0-9]+' | sort --version-sort | tail -n 1)
  [ "$(printf '%s\n' "$newest" "$tag" | sort --version-sort | tail -n 1)" = "$tag" ]
}

main
