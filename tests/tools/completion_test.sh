#!/bin/bash
# What the completion of tools/packaging/completion.bash offers.
. "$INIA_SOURCE/tools/packaging/completion.bash"
passed=0 failed=0

# expect WHAT WANTED WORD...: the last word is the one being typed.
expect()
{
    local what=$1 wanted=$2
    shift 2
    COMP_WORDS=("$INIA" "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _inia
    if [[ " ${COMPREPLY[*]} " == *" $wanted "* ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what: no '$wanted' in '${COMPREPLY[*]}'"
    fi
}

[ -d "$INIA_MODELS/s3" ] || { echo "no models: INIA_MODELS names none"; exit 77; }
expect "commands" describe desc
expect "services" dynamodb call dyna
expect "operations" GetObject call s3 GetO
expect "operations to describe" SendMessage describe sqs Send
expect "waiters" BucketExists wait s3 Buc
expect "options" --max-items call s3 ListObjectsV2 --max
expect "parameters" Bucket= call s3 GetObject Bu
expect "commands to help with" presign help pre
expect "nothing of an unknown service" "" call nonsense x
echo "$passed passed, $failed failed"
exit $((failed > 0))
