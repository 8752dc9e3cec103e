#!/usr/bin/env bash
# Pushes one image for both architectures and prints NAME@DIGEST.
# release-image.sh NAME VERSION FOLDER; FOLDER holds amd64/tollgate and arm64/tollgate, and Docker is
# logged in to the registry. Nothing is pulled and nothing is run: the images are made from scratch.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/say.sh"

name=$1 version=$2 folder=$3
architectures=(amd64 arm64)
# The older builder marks every image as one for this machine. BuildKit adds attestations of its own
# unless told not to, and an image with those is a list already.
export DOCKER_BUILDKIT=1 BUILDX_NO_DEFAULT_ATTESTATIONS=1

main() {
  local architecture images=()
  for architecture in "${architectures[@]}"; do
    [ -x "$folder/$architecture/tollgate" ] || fail "$folder/$architecture/tollgate is missing"
    images+=("$name:$version-$architecture")
    push "$architecture" "${images[-1]}"
  done
  local insecure=()
  [[ ! $name =~ ^(127\.0\.0\.1|localhost): ]] || insecure=(--insecure)
  docker manifest create "${insecure[@]}" "$name:$version" "${images[@]}" >&2
  local digest
  digest=$(docker manifest push --purge "${insecure[@]}" "$name:$version" | tail -n 1)
  [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || fail "the registry gave no digest, but: $digest"
  printf '%s\n' "$name@$digest"
}

push() {
  say "$2"
  docker build --quiet --platform "linux/$1" --build-arg "TARGETARCH=$1" --tag "$2" \
    --file "$root/packaging/Dockerfile" "$folder" >&2
  docker push --quiet "$2" >&2
}

main
