# Completion for bash: commands, services, operations, options and names of parameters, all asked of
# inia itself. Installed where bash-completion looks; or: source tools/packaging/completion.bash
_inia()
{
    local current=${COMP_WORDS[COMP_CWORD]} inia=${COMP_WORDS[0]} command=${COMP_WORDS[1]} words=
    if ((COMP_CWORD == 1)); then
        words=$("$inia" help | sed -n 's/^  inia \([a-z]*\).*/\1/p')
    elif [[ $current == -* ]]; then
        words=$("$inia" help "$command" 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)
    elif ((COMP_CWORD == 2)); then
        case $command in
        call | sign | presign | wait | operations | waiters | describe) words=$("$inia" services) ;;
        help) words=$("$inia" help | sed -n 's/^  inia \([a-z]*\).*/\1/p') ;;
        esac
    elif ((COMP_CWORD == 3)); then
        case $command in
        call | sign | presign | describe)
            words=$("$inia" operations "${COMP_WORDS[2]}" 2>/dev/null) ;;
        wait)
            words=$("$inia" waiters "${COMP_WORDS[2]}" 2>/dev/null) ;;
        esac
    elif [[ $command =~ ^(call|sign|presign)$ ]]; then
        words=$("$inia" describe "${COMP_WORDS[2]}" "${COMP_WORDS[3]}" --brief 2>/dev/null |
            sed -n '/^Input/,/^Output/s/^  \([A-Za-z0-9_-]*\): .*/\1=/p')
    fi
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o default -F _inia inia
