/** Each asks `paas __complete` with the words so far; the last one is the one being typed. */
export const completionScripts: Record<string, string> = {
  bash: `_paas() {
  local line="\${COMP_LINE:0:COMP_POINT}" current="" prefix words
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  current="\${words[\${#words[@]}-1]}"
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(paas __complete -- "\${words[@]:1}" 2>/dev/null)" -- "$current"))
  if [[ "$current" == *:* ]]; then
    prefix="\${current%"\${current##*:}"}"
    COMPREPLY=("\${COMPREPLY[@]#"$prefix"}")
  fi
}
complete -o default -F _paas paas
`,
  zsh: `#compdef paas
_paas() {
  local -a found
  found=("\${(@f)$(paas __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found
}
compdef _paas paas
`,
  fish: `function __paas_complete
  set -l words (commandline -opc) (commandline -ct)
  paas __complete -- $words[2..-1] 2>/dev/null
end
complete -c paas -f -a '(__paas_complete)'
`,
}
