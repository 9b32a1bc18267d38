
# The functions that the script needs where the package bash-completion is not loaded.

# This takes the place of the function above. It sets words, cword, cur and prev from the line up to the cursor. Readline
# splits words at "=" and ":"; here they are whole again.
__NAME_init_completion()
{
    local i word rest=${COMP_LINE:0:COMP_POINT} space last
    words=() cword=0
    for ((i = 0; i <= COMP_CWORD; i++)); do
        space=${rest%%[![:space:]]*}
        rest=${rest#"$space"}
        word=${COMP_WORDS[i]}
        if [[ $rest == "$word"* ]]; then
            rest=${rest#"$word"}
        else # the cursor is inside the word
            word=$rest rest=""
        fi
        if ((i > 0)) && [[ -z $space && ($word == [=:]* || $last == *[=:]) ]]; then
            words[cword]+=$word
        else
            ((i == 0)) || ((cword++))
            words[cword]=$word
        fi
        last=$word
    done
    cur=${words[cword]}
    prev=""
    ((cword == 0)) || prev=${words[cword-1]}
    COMPREPLY=()
}

# The names of files and directories that begin with the word at the cursor; with -d of directories alone.
declare -F _filedir >/dev/null || _filedir()
{
    local kind=-f name
    [[ ${1-} != -d ]] || kind=-d
    while IFS="" read -r name; do
        COMPREPLY+=("$name")
    done < <(compgen "$kind" -- "$cur")
}
