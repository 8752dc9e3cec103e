#!/usr/bin/env bash
# The tag of the version stands on another commit already: it is never moved.
. "$(dirname "$0")/in_copy.sh"
git tag --force --annotate --message "An earlier release" v1.4.0
git commit --quiet --allow-empty --message "Break tag: v1.4.0 is the commit before this one"
git log -1 --format='%h %s'
