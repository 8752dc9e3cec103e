# shellcheck shell=bash
# Sourced by the scripts beside it: goes to the root of the copy, and refuses to touch anything else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "$(git rev-parse --show-toplevel 2>/dev/null)" != "$(pwd -P)" ]; then
  echo "$(pwd): this is not a copy of the example with a git repository of its own." >&2
  echo "These scripts break things and commit them: run them in the copy that 'make demo' makes." >&2
  exit 2
fi

# Replaces TEXT by OTHER in FILE, and fails where TEXT is not found.
change() {
  python3 - "$@" <<'PYTHON'
import pathlib, sys
file, text, other = sys.argv[1:]
old = pathlib.Path(file).read_text("utf-8")
if text not in old:
    sys.exit(f"{file}: there is no {text!r} to change")
pathlib.Path(file).write_text(old.replace(text, other, 1), "utf-8")
PYTHON
}

# Commits the change under MESSAGE.
commit() {
  git commit --quiet --all --message "$1"
  git log -1 --format='%h %s'
}
