#!/usr/bin/env bash
# The payment service is not told that two clicks are one payment.
. "$(dirname "$0")/in_copy.sh"
change app/money.py '
                headers={"Idempotency-Key": reference},' ''
commit "Break G2: two clicks collect twice"
