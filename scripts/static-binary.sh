#!/usr/bin/env bash
# Builds the static binary that the container image holds, checks it, and prints its path.
# static-binary.sh [ARCHITECTURE]; x86_64 or aarch64 [default: this machine's]. Another architecture
# than this machine's needs its Rust target and its C compiler (apt-get install gcc-aarch64-linux-gnu).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/say.sh"

architecture=${1:-$(uname -m)}
target=$architecture-unknown-linux-gnu
binary=${CARGO_TARGET_DIR:-$root/target}/$target/release/tollgate

flags=(
  -C target-feature=+crt-static
  # The standard library starts a child in another directory by posix_spawn where this function is
  # there, and by a slow fork where it is not. It asks weakly, which a static link does not answer.
  -C 'link-arg=-Wl,-u,posix_spawn_file_actions_addchdir_np'
  # Random bytes by the system call alone: looked up at run time, it is not found in a static
  # binary, and /dev/urandom, which is not everywhere, would be read instead.
  --cfg 'getrandom_backend="linux_getrandom"'
)

main() {
  need cargo "see https://rustup.rs"
  [ "$architecture" = "$(uname -m)" ] || use_cross_compiler
  build
  expect_static
  [ "$architecture" != "$(uname -m)" ] || expect_start
  printf '%s\n' "$binary"
}

use_cross_compiler() {
  local compiler=$architecture-linux-gnu-gcc name=${target//-/_}
  need "$compiler" "apt-get install gcc-${architecture//_/-}-linux-gnu, and: rustup target add $target"
  export "CC_$name=$compiler" "CARGO_TARGET_${name^^}_LINKER=$compiler"
}

# The flags travel in the form that keeps spaces and quotes.
build() {
  (
    IFS=$'\x1f'
    export CARGO_ENCODED_RUSTFLAGS="${flags[*]}"
    cd "$root"
    cargo build --release --locked --bin tollgate --target "$target" >&2
  )
}

expect_static() {
  local header
  header=$(LC_ALL=C readelf --program-headers --dynamic --wide "$binary")
  ! grep -qE 'INTERP|\(NEEDED\)' <<<"$header" ||
    fail "$binary is not static" "it asks for: $(grep -E 'interpreter|NEEDED' <<<"$header")"
}

# In a folder that holds nothing else, as in an image made from scratch.
expect_start() {
  local empty
  empty=$(mktemp -d)
  cp "$binary" "$empty/tollgate"
  if ! in_root "$empty" /tollgate --version >&2; then
    rm -rf "$empty"
    fail "$binary does not start in an empty root"
  fi
  rm -rf "$empty"
}

# chroot is for root; unshare makes one of anybody, where the system lets it; else sudo.
in_root() {
  if [ "$(id -u)" = 0 ]; then
    chroot "$@"
  elif unshare --user --map-root-user true 2>/dev/null; then
    unshare --user --map-root-user chroot "$@"
  else
    sudo --non-interactive chroot "$@"
  fi
}

main
