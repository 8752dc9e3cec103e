#!/usr/bin/env bash
# The contract promises a path that the app does not serve.
. "$(dirname "$0")/in_copy.sh"
change openapi.yaml $'paths:\n' $'paths:
  /refunds:
    get:
      operationId: refunds
      summary: Money that went back
      responses:
        \'200\': { description: Every refund. }
'
commit "Break contract: a path is added in openapi.yaml only"
