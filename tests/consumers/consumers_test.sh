#!/bin/bash
# Installs inia to a folder of its own and builds a C and a C++ program against it, by pkg-config
# and by CMake, with the shared library and with the archive.
set -euo pipefail

if [ -n "$INIA_SANITIZE" ]; then
    echo "SKIP: programs of others are built against a build without sanitizers"
    exit 77
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$folder/installed
source=$INIA_SOURCE/tests/consumers
passed=0
failed=0

check() {
    local name=$1
    shift
    if "$@" >"$folder/said" 2>&1; then
        echo "$name: $(tail -n 1 "$folder/said")"
        passed=$((passed + 1))
    else
        cat "$folder/said"
        echo "FAIL $name"
        failed=$((failed + 1))
    fi
}

runs() {
    LD_LIBRARY_PATH=$library_path "$1"
}

needs_the_shared_library() {
    readelf -d "$1" | grep -q 'NEEDED.*libinia.so.0'
}

does_not_need_it() {
    test -x "$1" && ! needs_the_shared_library "$1"
}

build_by_pkg_config() {
    cc -std=c17 "$source/consumer.c" -o "$folder/c_$1" $(pkg-config --cflags --libs "$1") &&
        c++ -std=c++17 "$source/consumer.cpp" -o "$folder/cpp_$1" $(pkg-config --cflags --libs "$1")
}

build_by_cmake() {
    cmake -G Ninja -S "$source" -B "$folder/build" -DCMAKE_PREFIX_PATH="$prefix" &&
        cmake --build "$folder/build"
}

check "install" cmake --install "$INIA_BUILD" --prefix "$prefix"
pc=$(find "$prefix" -name inia.pc)
library_path=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH=${pc%/inia.pc}

check "pkg-config, shared" build_by_pkg_config inia
check "pkg-config, archive" build_by_pkg_config inia-static
check "CMake, both" build_by_cmake
for program in "$folder"/{c,cpp}_inia "$folder"/build/{c,cpp}_inia; do
    check "${program#"$folder"/} needs libinia.so.0" needs_the_shared_library "$program"
    check "${program#"$folder"/} runs" runs "$program"
done
for program in "$folder"/c{,pp}_inia-static "$folder"/build/c{,pp}_static; do
    check "${program#"$folder"/} stands alone" does_not_need_it "$program"
    check "${program#"$folder"/} runs" runs "$program"
done
if [ -x "$INIA" ]; then
    check "bin/inia is installed" test -x "$prefix/bin/inia"
fi

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
