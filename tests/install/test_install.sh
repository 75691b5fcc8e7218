#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs a build folder elsewhere, moves the result, and uses it as others would.
set -euo pipefail
build=$1
here=$(cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "test_install: $*" >&2
    exit 1
}

"$CMAKE" --install "$build" --prefix "$work/first" >install.txt || { cat install.txt; fail "cmake --install failed"; }
mv first moved # nothing may remember the folder it was installed to
tree=$work/moved

# The program runs and knows its version and its manual.
"$tree/bin/occustream" --version | grep -qF "$VERSION" || fail "wrong version"
if command -v pandoc >/dev/null; then
    page=$tree/share/man/man1/occustream.1
    [ -s "$page" ] || fail "no manual page"
    grep -q '^\.TH' "$page" || fail "the manual page is not one"
    grep -qF -e '--memory' <(tr -d '\\' <"$page") || fail "the manual page does not spell options with two hyphens"
fi
[ -s "$tree/share/doc/occustream/LICENSE" ] || fail "no licence"

# Every name the library gives the linker is ours (sanitizers add some of their own).
library=$(find "$tree" -name liboccustream.a)
if [ -z "${OCS_INSTRUMENT:-}" ]; then
    foreign=$(nm -g --defined-only "$library" | awk 'NF == 3 && $3 !~ /^ocs_/ {print $3}')
    [ -z "$foreign" ] || fail "names without our prefix: $foreign"
fi

check() {
    "$1" >said.txt || fail "$1 failed"
    [ "$(sed -n 1p said.txt)" = "$VERSION" ] || fail "$1 says: $(cat said.txt)"
    grep -q '^OCS_IO: .*no-such-map\.mrc' said.txt || fail "$1 says: $(cat said.txt)"
}

# With pkg-config, on strict C and without a warning.
packages=$(dirname "$(find "$tree" -name occustream.pc)")
export PKG_CONFIG_PATH=$packages
[ "$(pkg-config --modversion occustream)" = "$VERSION" ] || fail "wrong version in occustream.pc"
read -ra flags < <(pkg-config --cflags --libs occustream)
"$CC" -std=c11 -Wall -Wextra -Wpedantic -Werror ${OCS_INSTRUMENT:+"$OCS_INSTRUMENT"} \
    -o with_pkg_config "$here/consumer.c" "${flags[@]}"
check ./with_pkg_config

# From C++, old and new.
for standard in c++11 c++20; do
    if command -v c++ >/dev/null; then
        c++ -std=$standard -Wall -Wextra -Wpedantic -Werror ${OCS_INSTRUMENT:+"$OCS_INSTRUMENT"} \
            -o with_cxx "$here/consumer.cpp" "${flags[@]}"
        check ./with_cxx
    fi
done

# With find_package.
unset PKG_CONFIG_PATH
{
    "$CMAKE" -S "$here/with_cmake" -B with_cmake -DCMAKE_PREFIX_PATH="$tree" -DCMAKE_C_COMPILER="$CC" \
        -DCMAKE_C_FLAGS="${OCS_INSTRUMENT:-}" &&
        "$CMAKE" --build with_cmake
} >cmake.txt 2>&1 || { cat cmake.txt; fail "building with find_package failed"; }
check with_cmake/consumer
