"""Compares the routes that the app serves with those that `openapi.yaml` promises."""

import sys
from pathlib import Path

import yaml

from app.main import app

METHODS = {"get", "put", "post", "delete", "patch"}


def operations(document: dict) -> set[str]:
    """Every operation with its successful answers, such as `POST /orders 201`."""
    return {
        f"{method.upper()} {path} {status}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
        for status in operation["responses"]
        if str(status).startswith("2")
    }


def main() -> int:
    promised = operations(yaml.safe_load(Path("openapi.yaml").read_text("utf-8")))
    served = operations(app.openapi())
    for operation in sorted(promised - served):
        print(f"openapi.yaml promises {operation}, the app does not serve it")
    for operation in sorted(served - promised):
        print(f"the app serves {operation}, openapi.yaml does not mention it")
    return 1 if promised != served else 0


if __name__ == "__main__":
    sys.exit(main())
