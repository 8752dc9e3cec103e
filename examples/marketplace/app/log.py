"""The log: one JSON object a line on standard output, every line with the same first fields."""

import json
from datetime import datetime, timezone


def write(event: str, *, user_id: str, action: str, **details: object) -> None:
    """Tells that something happened: in whose name, by which request."""
    line = {
        "ts": datetime.now(timezone.utc).isoformat(),
        "event": event,
        "user_id": user_id,
        "action": action,
        **details,
    }
    print(json.dumps(line), flush=True)
