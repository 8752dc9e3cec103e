# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by demo.sh: how the shop goes out, from lint to tag, with a registry of its own.

version=1.4.0
paths=$tools/bin:$tools/python/bin

serve() {
  SHOP_REGISTRY=$("$root/scripts/registry.sh" start "$scratch/registry")
  keep PATH SHOP_REGISTRY
  say "a registry on $SHOP_REGISTRY"
}

stop() { "$root/scripts/registry.sh" stop "$scratch/registry"; }

release() {
  step run --release-version "$version" && step run G4 --release-version "$version"
}

expected_code() { echo 1; }

told() {
  echo "Image      $(cat dist/image.digest), in the registry under the same digest"
  echo "Tag        v$version on $(git rev-parse --short "v$version^{commit}")"
}
