#!/usr/bin/env bash
# The push says that all is well and pushes nothing: the registry has no such image.
. "$(dirname "$0")/in_copy.sh"
change scripts/push.sh 'exec python' 'echo pushed #'
commit "Break push: nothing reaches the registry"
