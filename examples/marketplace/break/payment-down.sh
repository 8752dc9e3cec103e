#!/usr/bin/env bash
# Where the payment service is down, the buyer reads nothing but an internal error.
. "$(dirname "$0")/in_copy.sh"
change app/money.py 'except httpx2.HTTPError as error' 'except httpx2.InvalidURL as error'
commit "Break G2: nobody is told that paying failed"
