#!/usr/bin/env bash
# A PostgreSQL server of its own on loopback, on a free port, with an empty database `market`.
#   postgres.sh start FOLDER   prints its URL; where a server of FOLDER runs already, that one's
#   postgres.sh stop FOLDER    ends it and removes its data
#   postgres.sh programs       prints where its programs are, and fails where they are not
# With POSTGRES_FSYNC=on what it commits is on disk, as for measurements.
# FOLDER keeps the URL. The data are in a folder of their own under /tmp: the server runs as another
# user where root calls, and that user cannot reach everywhere.
set -euo pipefail
. "$(dirname "$0")/say.sh"

folder=${2:-}
log=$folder/log

start() {
  mkdir -p "$folder"
  if runs; then
    cat "$folder/url"
    return
  fi
  stop
  find_server
  local data password
  data=$(mktemp -d /tmp/postgres.XXXXXX)
  printf '%s\n' "$data" >"$folder/data"
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  make_cluster "$data" "$password"
  # The port is free when it is picked; where somebody else was faster, another is.
  for _ in 1 2 3; do
    serve "$data" "$(free_port)" "$password" && return
  done
  stop
  fail "PostgreSQL did not start" "$(tail -n 3 "$log")"
}

runs() {
  [ -e "$folder/url" ] || return 1
  find_server
  server_tool pg_ctl --pgdata="$(cat "$folder/data")/db" status >/dev/null
}

# Finds the newest server at or above 15: on the PATH, or where Debian keeps it.
find_server() {
  if server=$(command -v initdb); then
    server=$(dirname "$(readlink --canonicalize "$server")")
  else
    server=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort | tail -n 1)
  fi
  [ -x "$server/initdb" ] || fail "PostgreSQL's server is not installed" "apt-get install postgresql"
  local version
  version=$("$server/postgres" --version | grep -oE '[0-9]+' | head -n 1)
  [ "$version" -ge 15 ] || fail "PostgreSQL $version is too old" "the example needs 15 or newer"
}

# Runs one of the server's programs; as its own user where we are root, as it refuses to be root.
server_tool() {
  if [ "$(id -u)" = 0 ]; then
    (cd / && runuser -u postgres -- "$server/$1" "${@:2}")
  else
    "$server/$1" "${@:2}"
  fi
}

make_cluster() {
  printf '%s\n' "$2" >"$1/password"
  [ "$(id -u)" != 0 ] || chown -R postgres "$1"
  server_tool initdb --pgdata="$1/db" --username=market --auth=scram-sha-256 \
    --pwfile="$1/password" --encoding=UTF8 --locale=C --no-sync >"$log" 2>&1 ||
    fail "PostgreSQL's initdb failed" "$(tail -n 3 "$log")"
}

# serve DATA PORT PASSWORD
serve() {
  server_tool pg_ctl --pgdata="$1/db" --log="$1/log" --wait --silent start \
    --options="-c listen_addresses=127.0.0.1 -c port=$2 -c unix_socket_directories=$1 \
      -c max_connections=200 -c fsync=${POSTGRES_FSYNC:-off}" \
    >"$log" 2>&1 </dev/null || return 1
  PGPASSWORD=$3 "$server/createdb" --host=127.0.0.1 --port="$2" --username=market market ||
    fail "the database market could not be created" "createdb's own message is above"
  (umask 077 && printf 'postgresql://market:%s@127.0.0.1:%s/market\n' "$3" "$2" >"$folder/url")
  cat "$folder/url"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

stop() {
  [ -e "$folder/data" ] || return 0
  local data
  data=$(cat "$folder/data")
  find_server
  server_tool pg_ctl --pgdata="$data/db" --mode=immediate --wait --silent stop >/dev/null 2>&1 || true
  rm -rf "${data:?}"
  rm -f "$folder/data" "$folder/url"
}

programs() {
  find_server
  printf '%s\n' "$server"
}

case "$*" in
"start "* | "stop "* | programs) "$1" ;;
*) fail "postgres.sh start|stop FOLDER, or programs" ;;
esac
