#!/usr/bin/env bash
# Three mugs for the price of one: a test of the money fails.
. "$(dirname "$0")/in_copy.sh"
change app/orders.py 'price_cents * line.quantity' 'price_cents'
commit "Break test: the quantity is forgotten in the total"
