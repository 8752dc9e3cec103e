#!/usr/bin/env bash
# Builds the image of this commit: an OCI layout in dist/image, its digest in dist/image.digest.
# Needs neither root nor a container engine.
set -euo pipefail
cd "$(dirname "$0")/.."

commit=${TOLLGATE_SHA:-$(git rev-parse HEAD)}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct "$commit")}
export SOURCE_DATE_EPOCH

exec python scripts/oci_build.py --commit "$commit" --layout dist/image --digest dist/image.digest
