# shellcheck shell=bash
# Sourced by the scripts beside it: how they speak.

# One line of progress.
say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

# Says what is wrong and what to do, then stops.
fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

# Stops unless COMMAND is there; the rest says how to get it.
need() {
  command -v "$1" >/dev/null 2>&1 || fail "$1 is not installed" "${@:2}"
}
