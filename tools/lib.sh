# SPDX-License-Identifier: GPL-3.0-or-later
# What tools/test, tools/demo and tools/bench share; sourced by them under `set -euo pipefail`.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# The one list of Debian packages that building, testing and the demonstration need.
packages=(
    gcc libc6-dev cmake ninja-build pkg-config
    libuv1-dev libfftw3-dev libcminpack-dev libjansson-dev
    zlib1g-dev libbz2-dev liblzma-dev libzstd-dev libblosc-dev libcurl4-openssl-dev libseccomp-dev
    libcmocka-dev bzip2 xz-utils zstd nginx-light openssl valgrind
    python3 python3-numpy python3-scipy python3-mrcfile python3-zarr
    pandoc
)
# What tools/fuzz needs besides.
fuzz_packages=(clang libclang-rt-14-dev llvm)

# What tests open results with when it is there; tools/test installs it, and the tests say what they have to leave out.
# Each stands for the command named first, which may have come from elsewhere; Debian's npm does not go with another's nodejs.
viewers=(npm:nodejs npm:npm chromium-headless-shell:chromium-headless-shell)

say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

give_up() {
    say "$*"
    exit 1
}

missing_packages() {
    local package
    for package in "${packages[@]}"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            printf '%s\n' "$package"
    done
}

may_be_root() {
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "this is not Debian: taking for granted what README.md lists"
        return
    fi
    local -a missing
    mapfile -t missing < <(missing_packages)
    [ "${#missing[@]}" -gt 0 ] || return 0
    may_be_root || give_up "run this once as root: apt-get install ${missing[*]}"
    apt_install "${missing[@]}"
}

apt_install() {
    say "installing $*"
    as_root apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o Dpkg::Use-Pty=0 install --yes --no-install-recommends "$@" >/dev/null
}

install_viewers() {
    command -v dpkg-query >/dev/null || return 0
    local one
    local -a missing=()
    for one in "${viewers[@]}"; do
        command -v "${one%%:*}" >/dev/null || missing+=("${one##*:}")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    if ! may_be_root || ! apt_install "${missing[@]}"; then
        say "without ${missing[*]} some tests are skipped"
    fi
}

# build PRESET [CMAKE OPTION...]: configures and builds into build/PRESET; quiet unless something is wrong.
# The targets in build_targets are built, or all when there are none.
build_targets=()
build() {
    local preset=$1 log
    shift
    say "building build/$preset"
    log=$(mktemp)
    if ! (cd "$root" && cmake --preset "$preset" "$@") >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        give_up "configuring failed"
    fi
    rm -f "$log"
    cmake --build "$root/build/$preset" ${build_targets:+--target "${build_targets[@]}"} -- --quiet | sed '/^ninja: no work to do/d' ||
        give_up "building failed"
}
