#!/usr/bin/env bash
# An order leaves no trace, neither in the audit nor in the log.
. "$(dirname "$0")/in_copy.sh"
change app/orders.py 'work.record("order.created", f"order {order.id}")' 'pass'
commit "Break G5: orders are not audited"
