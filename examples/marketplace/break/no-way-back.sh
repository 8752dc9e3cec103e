#!/usr/bin/env bash
# A migration loses its way down and does not say what stands for it.
. "$(dirname "$0")/in_copy.sh"
rm migrations/003_money.down.sql
commit "Break G0: migration 003 can't be taken back"
