"""Writes the contract that the app serves to openapi.yaml; --check tells where the two differ.

python -m scripts.contract [--check]
"""

import difflib
import sys
from pathlib import Path

import yaml

from app.main import api

CONTRACT = Path("openapi.yaml")


def main() -> int:
    served = yaml.safe_dump(api.openapi(), sort_keys=False, allow_unicode=True)
    if sys.argv[1:] != ["--check"]:
        CONTRACT.write_text(served, "utf-8")
        return 0
    promised = CONTRACT.read_text("utf-8")
    names = (str(CONTRACT), "what the app serves")
    difference = difflib.unified_diff(
        promised.splitlines(), served.splitlines(), *names, lineterm=""
    )
    print("\n".join(difference))
    return 0 if promised == served else 1


if __name__ == "__main__":
    sys.exit(main())
