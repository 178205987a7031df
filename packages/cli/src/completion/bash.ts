import type { Offered } from '../command-line/command-row.ts'
import { commandRows } from '../command-line/command-table.ts'
import { firstWords, quoted, type NamedRow } from './first-words.ts'

/** Returns the completion of bash 4 and later. It needs nothing of the package bash-completion. */
export const bashCompletion = (): string => `# Completion of weir for bash. Printed by: weir completion bash

_weir_words () {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# Commands of NetScaler's language that begin with a text. Names of entities come from a running Weir.
_weir_lines () {
  weir completion line "$1" 2>/dev/null
}

_weir_names () {
  local line
  while IFS= read -r line; do COMPREPLY+=("\${line#"$1"}"); done < <(_weir_lines "$1$cur")
}

# A command is one word: within quotes, or with escaped blanks.
_weir_commands () {
  local text=$cur line open=
  if [[ $text == [\\"\\']* ]]; then open=\${text:0:1} text=\${text:1}; else text=\${text//\\\\/}; fi
  while IFS= read -r line; do
    [[ -n $open ]] || printf -v line %q "$line"
    COMPREPLY+=("$line")
  done < <(_weir_lines "$text")
  compopt -o nospace
  # More words may follow: of two candidates readline takes the common part, and closes no quote.
  if [[ -n $open && \${#COMPREPLY[@]} == 1 ]]; then COMPREPLY+=("\${COMPREPLY[0]} "); fi
}

_weir () {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  # An option and its value with = between them come as three words.
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if ((COMP_CWORD == 1)); then
    _weir_words ${quoted([...firstWords.map(({ word }) => word), '--help', '--version'].join(' '))}
    return
  fi
  case $command in
${firstWords.filter(({ seconds }) => seconds.length > 0).map(({ word, seconds }) => `    ${word})
      if ((COMP_CWORD == 2)); then
        _weir_words ${quoted([...seconds.map(second => second.word), '--help'].join(' '))}
        return
      fi
      command+=" \${COMP_WORDS[2]}" ;;
`).join('')}  esac
  case $command in
${commandRows.map(caseOf).join('')}  esac
}

complete -F _weir weir
`

const caseOf = (row: NamedRow): string => {
  const options = row.options.filter(({ value }) => value !== undefined)
  return `    ${quoted(row.name)})
      case $prev in
${
    options.map(({ name, short, offered }) =>
      `        --${name}${short === undefined ? '' : ` | -${short}`}) ${actionOf(offered)} ;;
`
    ).join('')
  }        *)
          if [[ $cur == -* ]]; then _weir_words ${
    quoted(
      [...row.options.map(({ name, short }) => short === undefined ? `--${name}` : `-${short}`), '--help'].join(' ')
    )
  }
          else ${row.name === 'exec' ? '_weir_commands' : actionOf(row.arguments[0]?.offered)}; fi ;;
      esac ;;
`
}

const actionOf = (offered: Offered | undefined): string => {
  if (offered === undefined) return ':'
  // Readline's own completion of files follows.
  if (offered === 'file') return 'compopt -o default'
  if (offered === 'directory') return 'compopt -o dirnames'
  return 'namesAfter' in offered
    ? `_weir_names ${quoted(offered.namesAfter)}`
    : `_weir_words ${quoted(offered.join(' '))}`
}
