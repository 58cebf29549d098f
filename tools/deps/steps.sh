# For bash scripts that do things step by step, each with its log: source it with root set to the
# checkout.

mkdir -p "$root/.deps/log"

say() {
    echo "$(basename "$0"): $*"
}

# step NAME COMMAND...: says what is done, keeps what it prints in a log, and ends the script with
# the end of that log if it fails.
step() {
    local name=$1 log=$root/.deps/log/$1.log started=$SECONDS
    shift
    say "$name ..."
    if ! "$@" >"$log" 2>&1; then
        tail -n 30 "$log" | sed 's/^/    /' >&2
        say "step '$name' FAILED; its log is $log" >&2
        exit 1
    fi
    say "$name: done in $((SECONDS - started)) s"
}

# optional_step NAME WITHOUT COMMAND...: the same, but the script goes on, saying what is lost.
optional_step() {
    local name=$1 without=$2 log=$root/.deps/log/$1.log started=$SECONDS
    shift 2
    say "$name ..."
    if "$@" >"$log" 2>&1; then
        say "$name: done in $((SECONDS - started)) s"
    else
        say "step '$name' did not work, so $without; its log is $log" >&2
        return 1
    fi
}

# The entries of a list file, without its comments.
entries() {
    grep -v '^#' "$1"
}

# Whether the stamp NAME was left for the same content as now: stamp_is_fresh NAME FILE...
stamp_is_fresh() {
    local name=$1
    shift
    [ "$(cat "$root/.deps/stamp/$name" 2>/dev/null)" = "$(cat "$@" | sha256sum)" ]
}

leave_stamp() {
    local name=$1
    shift
    mkdir -p "$root/.deps/stamp"
    cat "$@" | sha256sum >"$root/.deps/stamp/$name"
}
