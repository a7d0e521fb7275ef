// What a shell is told to load. It hands over the words that were typed and gets back a candidate a line, with a description behind
// a tab. The words go as arguments and are never run: a script that puts them together for `eval` runs $(...) on a press of Tab.

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** @param bin the path of bin/spendledger.js: npx would take a second */
export function completionScript(shell: Shell, bin: string): string {
  const ask = `node ${quoted(bin)} complete-words --`
  return { bash, zsh, fish }[shell](ask)
}

/** All three take a text between single quotes as it is; a quote in it ends it, stands alone behind a backslash, and it goes on. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

const bash = (ask: string): string => `# bash completion for spendledger, also behind npx
_spendledger() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(${ask} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
_spendledger_npx() {
  COMPREPLY=()
  if [ "$COMP_CWORD" -lt 2 ] || [ "\${COMP_WORDS[1]}" != spendledger ]; then return; fi
  COMP_WORDS=("\${COMP_WORDS[@]:1}")
  COMP_CWORD=$((COMP_CWORD - 1))
  _spendledger
}
complete -o default -F _spendledger spendledger
complete -p npx >/dev/null 2>&1 || complete -o default -F _spendledger_npx npx
`

const zsh = (ask: string): string => `#compdef spendledger
_spendledger() {
  local -a found
  local value text
  while IFS=$'\\t' read -r value text; do
    found+=("\${value//:/\\\\:}:$text")
  done < <(${ask} "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#found )); then _describe spendledger found; else _files; fi
}
compdef _spendledger spendledger
`

const fish = (ask: string): string => `# fish completion for spendledger
function __spendledger_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (${ask} $words[2..-1] 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c spendledger -f -a '(__spendledger_complete)'
`
