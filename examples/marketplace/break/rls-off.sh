#!/usr/bin/env bash
# One table is left without row-level security.
. "$(dirname "$0")/in_copy.sh"
change migrations/003_money.up.sql 'alter table payments enable row level security;' ''
commit "Break G0: everybody reads payments"
