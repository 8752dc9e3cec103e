#!/usr/bin/env bash
# Makes the commit of a release, in which action.yml names the published image, and puts TAG on it. So
# whoever writes `uses: …@v1.4.0` has an image pulled, and nothing compiled.
# release-action.sh TAG IMAGE [REMOTE]; IMAGE is a name with a digest, HEAD is what was built.
#
# TAG is moved off the commit that it was first pushed with. That is safe as long as the release is
# a draft: nobody was told of the tag, and nobody gets it by `@v1` (release-major.sh moves that, once
# a person has published the release). Doing it twice makes the same commit and changes nothing.
set -euo pipefail
. "$(dirname "$0")/say.sh"

tag=$1 image=$2 remote=${3:-origin}

main() {
  [[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "$tag is not a tag vX.Y.Z"
  [[ $image =~ ^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$ ]] ||
    fail "$image does not end in a digest" "NAME@sha256:… is what scripts/release-image.sh prints"
  local source commit
  source=$(git rev-parse HEAD)
  commit=$(release_commit "$source")
  expect_tag_of "$source" "$commit"
  git push --quiet --force "$remote" "$commit:refs/tags/$tag"
  say "$tag now runs $image"
  printf '%s\n' "$commit"
}

# The commit of HEAD's files with action.yml rewritten. Its times are HEAD's, so it is always the
# same one; the work tree and the branch stay as they are.
release_commit() {
  local index date
  index=$(mktemp -d)
  date=$(git show --no-patch --format=%ct "$1")
  (
    export GIT_INDEX_FILE=$index/index
    export GIT_AUTHOR_NAME='github-actions[bot]' GIT_COMMITTER_NAME='github-actions[bot]'
    export GIT_AUTHOR_EMAIL='41898282+github-actions[bot]@users.noreply.github.com'
    export GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
    export GIT_AUTHOR_DATE="@$date +0000" GIT_COMMITTER_DATE="@$date +0000"
    git read-tree "$1"
    git update-index --cacheinfo "100644,$(rewritten "$1" | git hash-object -w --stdin),action.yml"
    git commit-tree "$(git write-tree)" -p "$1" \
      -m "Release $tag: run the published image" -m "$image"
  )
  rm -rf "$index"
}

rewritten() {
  local text
  text=$(git show "$1:action.yml")
  [ "$(grep -cxF '  image: Dockerfile' <<<"$text")" = 1 ] ||
    fail "action.yml of $1 has no single line \`  image: Dockerfile\`"
  sed -e "s|^  image: Dockerfile\$|  image: docker://$image|" \
    -e '/^  # A release points at the published image/d' <<<"$text"
}

# The tag stands where this workflow found it or left it, and nowhere else.
expect_tag_of() {
  local found
  found=$(git ls-remote --tags "$remote" "refs/tags/$tag" "refs/tags/$tag^{}" |
    sort --key=2 | tail -n 1 | cut -f 1)
  case "$found" in
  "" | "$1" | "$2") ;;
  *) fail "$tag of $remote is on $found, which is neither $1 nor the release made of it" \
    "a released tag is never moved; release the next version" ;;
  esac
}

main
