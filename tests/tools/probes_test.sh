#!/bin/sh
# The USDT probes of engine/calls/watching.h are in the command and in the library, where
# <sys/sdt.h> was there to build with.
set -eu

build=${INIA_BUILD:-build/release}
if ! grep -q '^INIA_FOUND_SDT:INTERNAL=1' "$build/CMakeCache.txt"; then
    echo "SKIP: built without sys/sdt.h" >&2
    exit 77
fi
if ! command -v readelf >/dev/null; then
    echo "SKIP: there is no readelf" >&2
    exit 77
fi
failed=0
for file in "$build/inia" "$build"/libinia.so; do
    [ -e "$file" ] || continue
    notes=$(readelf -n "$file")
    for probe in call_state attempt_end; do
        if ! printf '%s\n' "$notes" | grep -A1 'Provider: inia' | grep -q "Name: $probe"; then
            echo "$file has no probe $probe" >&2
            failed=1
        fi
    done
done
[ $failed = 0 ] && echo "2 passed, 0 failed"
exit $failed
