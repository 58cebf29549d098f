#!/bin/sh
# The switch and the stacks on aarch64, cross-compiled and emulated, where the machine can do that:
# Debian's gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user. Anywhere else this is
# skipped.
set -e
cross=aarch64-linux-gnu
for program in $cross-gcc qemu-aarch64; do
    command -v $program >/dev/null || { echo "SKIP: $program is not installed"; exit 77; }
done
[ -z "$INIA_SANITIZE" ] || { echo "SKIP: built without sanitizers only"; exit 77; }
cd "$INIA_SOURCE"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build() {
    program=$1
    shift
    $cross-gcc -static -O2 -g -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror \
        -mbranch-protection=standard -I engine -I include -I tests "$@" tests/test_main.c \
        engine/base/*.c -lm -o "$folder/$program"
    echo "$program:"
    qemu-aarch64 "$folder/$program"
}
build context tests/tasks/context_test.c engine/tasks/context.c engine/tasks/context.S
build stack tests/tasks/stack_test.c engine/tasks/stack.c
build ucontext -DCONTEXT_BY_UCONTEXT=1 tests/tasks/context_test.c engine/tasks/context.c
