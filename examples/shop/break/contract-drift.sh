#!/usr/bin/env bash
# The contract promises a path that the app does not serve.
. "$(dirname "$0")/in_copy.sh"
change openapi.yaml '/orders/{order_id}/payment' '/orders/{order_id}/payments'
commit "Break contract: a path is renamed in openapi.yaml only"
