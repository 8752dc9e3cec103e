#!/usr/bin/env bash
# Pushes the image that scripts/build.sh made to $SHOP_REGISTRY, tagged with the commit.
set -euo pipefail
cd "$(dirname "$0")/.."

commit=${TOLLGATE_SHA:-$(git rev-parse HEAD)}

exec python scripts/oci_push.py --layout dist/image "${SHOP_REGISTRY:-127.0.0.1:5000}/shop:$commit"
