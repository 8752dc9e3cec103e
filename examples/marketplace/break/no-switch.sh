#!/usr/bin/env bash
# The feature switch by which the checkout is rolled back is gone.
. "$(dirname "$0")/in_copy.sh"
change migrations/004_operations.up.sql "('checkout'), " ''
commit "Break G0: the checkout can't be switched off"
