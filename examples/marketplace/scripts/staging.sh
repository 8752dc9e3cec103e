#!/usr/bin/env bash
# Staging: the API on loopback, on a port that the system picks, with the database at DATABASE_URL.
#   staging.sh start FOLDER   prints its address; its log and its process id are kept in FOLDER
#   staging.sh stop FOLDER    ends it, by that id
set -euo pipefail

folder=$2

start() {
  mkdir -p "$folder"
  folder=$(cd "$folder" && pwd)
  cd "$(dirname "$0")/.."
  set -a
  # shellcheck source=../production.env
  . ./production.env
  set +a
  python -m uvicorn app.main:api --host 127.0.0.1 --port 0 --no-access-log \
    --timeout-graceful-shutdown 1 >"$folder/api.jsonl" 2>"$folder/log" </dev/null &
  echo $! >"$folder/pid"
  await_address "$!"
}

# Prints the address as soon as the server has logged it.
await_address() {
  local address
  for _ in $(seq 600); do
    address=$(grep -m 1 -oE 'http://127\.0\.0\.1:[1-9][0-9]*' "$folder/log") && break
    kill -0 "$1" 2>/dev/null || break
    sleep 0.05
  done
  if [ -z "$address" ]; then
    echo "error: staging did not start: $(tail -n 3 "$folder/log")" >&2
    exit 1
  fi
  echo "$address"
}

stop() {
  [ -e "$folder/pid" ] || return 0
  kill "$(cat "$folder/pid")" 2>/dev/null || true
  rm -f "$folder/pid"
}

case "$1" in
start | stop) "$1" ;;
*)
  echo "staging.sh start|stop FOLDER" >&2
  exit 2
  ;;
esac
