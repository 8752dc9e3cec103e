#!/usr/bin/env bash
# requirements.txt pins a version that was never tested: the build refuses to pack another.
. "$(dirname "$0")/in_copy.sh"
change requirements.txt uvicorn==0.54.0 uvicorn==0.53.0
commit "Break build: a package is pinned to a version that is not installed"
