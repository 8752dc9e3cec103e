#!/usr/bin/env bash
# An OCI registry on loopback, on a port that the system picks.
#   registry.sh start FOLDER   prints its address; its files and its process id are kept in FOLDER
#   registry.sh stop FOLDER    ends it, by that id
set -euo pipefail
. "$(dirname "$0")/say.sh"

folder=$2

start() {
  mkdir -p "$folder"
  cat >"$folder/config.yml" <<YAML
version: 0.1
log: { level: info, formatter: text }
storage: { filesystem: { rootdirectory: "$folder/data" } }
http: { addr: "127.0.0.1:0", secret: only-for-loopback }
YAML
  docker-registry serve "$folder/config.yml" >"$folder/log" 2>&1 </dev/null &
  echo $! >"$folder/pid"
  await_address "$!"
}

# Prints the address as soon as the registry has logged it.
await_address() {
  local address
  for _ in $(seq 200); do
    address=$(grep -m 1 -oE 'listening on 127\.0\.0\.1:[0-9]+' "$folder/log") && break
    kill -0 "$1" 2>/dev/null || break
    sleep 0.05
  done
  [ -n "$address" ] || fail "the registry did not start" "$(tail -n 3 "$folder/log")"
  echo "${address##* }"
}

stop() {
  [ -e "$folder/pid" ] || return 0
  kill "$(cat "$folder/pid")" 2>/dev/null || true
  rm -f "$folder/pid"
}

case "$1" in
start | stop) "$1" ;;
*) fail "registry.sh start|stop FOLDER" ;;
esac
