# shellcheck shell=bash
# Sourced by the scripts that fill a folder of tools: work that is done once.

# Runs COMMAND…, which fills the folder TOOLS/NAME, unless that was done before from the same INPUT.
# once TOOLS NAME INPUT COMMAND…
once() {
  local folder=$1/$2 input
  input=$(printf '%s\n' "$folder" "$3" | sha256sum)
  [ "$(cat "$folder.done" 2>/dev/null)" != "$input" ] || return 0
  rm -rf "$folder" "$folder.done"
  "${@:4}"
  printf '%s\n' "$input" >"$folder.done"
}

# Waits until no other run fills the folder TOOLS.
lock() {
  exec 9>"$1/lock"
  flock 9
}
