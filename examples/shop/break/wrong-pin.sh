#!/usr/bin/env bash
# .nvmrc asks for another Node than the policy and package.json: the stack guard fails lint.
. "$(dirname "$0")/in_copy.sh"
change .nvmrc 22.23.3 20.11.0
commit "Break lint: another Node in one place"
