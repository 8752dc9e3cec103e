#!/usr/bin/env bash
# A Docker engine that lives in FOLDER for as long as this script's standard input stays open: when
# the process that started it ends, however it ends, the engine ends, and FOLDER goes with it.
# engine.sh FOLDER; prints `ready` when the engine answers. Needs root.
set -euo pipefail

folder=$1
export DOCKER_HOST=unix://$folder/docker.sock

# No bridge and no packet filter of its own: nothing outside FOLDER is changed.
dockerd --storage-driver=overlay2 --iptables=false --ip6tables=false --bridge=none \
  --data-root="$folder/data" --exec-root="$folder/exec" --pidfile="$folder/docker.pid" \
  --host="$DOCKER_HOST" --insecure-registry=127.0.0.0/8 >"$folder/log" 2>&1 </dev/null &
engine=$!

end() {
  kill "$engine" 2>/dev/null || true
  wait "$engine" || true
  umount "$folder/exec/netns/default" 2>/dev/null || true
  rm -rf "$folder"
}

until docker version >/dev/null 2>&1; do
  kill -0 "$engine" 2>/dev/null || { tail -n 5 "$folder/log" >&2; end; exit 1; }
  sleep 0.05
done
echo ready
cat >/dev/null || true
end
