#!/usr/bin/env bash
# A key of the payment service's sandbox is left in the code.
. "$(dirname "$0")/in_copy.sh"
change app/money.py 'SIGNATURE_SECONDS = 300' $'SIGNATURE_SECONDS = 300\nSANDBOX = "sk_test_4242424242424242"'
commit "Break G0: a test key in the code"
