import type { ArgumentRow, Offered, OptionRow } from '../command-line/command-row.ts'
import { commandRows } from '../command-line/command-table.ts'
import { firstWords, quoted, type NamedRow } from './first-words.ts'

/** Returns the completion of zsh: the text of a function \`_weir\`, which may also be sourced. */
export const zshCompletion = (): string => `#compdef weir
# Completion of weir for zsh. Printed by: weir completion zsh

# Commands of NetScaler's language that begin with a text. Names of entities come from a running Weir.
_weir_lines () {
  weir completion line "$1" 2>/dev/null
}

_weir_names () {
  local -a lines
  lines=("\${(@f)$(_weir_lines "$1\${PREFIX}")}")
  compadd -- "\${(@)lines#$1}"
}

# A command is one word: within quotes, or with escaped blanks.
_weir_commands () {
  local -a lines
  local text=\${PREFIX#[\\"\\']}
  lines=("\${(@f)$(_weir_lines "\${(Q)text}")}")
  compadd -S '' -- "\${(@)lines:#}"
}

${commandRows.map(functionOf).join('')}
_weir () {
  local curcontext=$curcontext state
  local -a words_first
  typeset -A opt_args
  _arguments -C ${quoted('(- *)--help[print the help]')} ${
    quoted('(- *)--version[print the version]')
  } '1:command:->first' '*::argument:->rest'
  case $state in
    first)
      words_first=(${firstWords.map(({ word, doc }) => quoted(`${word}:${doc}`)).join(' ')})
      _describe command words_first ;;
    rest)
      case $words[1] in
${
    firstWords.map(({ word, row, seconds }) =>
      row === undefined ? groupOf(word, seconds) : `        ${word}) ${functionName(row)} ;;
`
    ).join('')
  }      esac ;;
  esac
}

if [[ $funcstack[1] == _weir ]]; then _weir "$@"; else compdef _weir weir; fi
`

const functionName = ({ name }: NamedRow): string => `_weir_${name.replaceAll(' ', '_')}`

function functionOf (row: NamedRow): string {
  const options = [...row.options.map(optionSpec), '(- *)--help[print the help]']
  const positional = row.name === 'exec' ? ['*:COMMAND:_weir_commands'] : row.arguments.map(argumentSpec)
  return `${functionName(row)} () {
  _arguments ${[...options, ...positional].map(quoted).join(' \\\n    ')}
}
`
}

const groupOf = (word: string, seconds: readonly { readonly word: string, readonly row: NamedRow }[]): string =>
  `        ${word})
          _arguments -C '1:command:->second' '*::argument:->deep'
          case $state in
            second)
              words_first=(${seconds.map(second => quoted(`${second.word}:${second.row.doc}`)).join(' ')})
              _describe command words_first ;;
            deep)
              case $words[1] in
${seconds.map(second => `                ${second.word}) ${functionName(second.row)} ;;
`).join('')}              esac ;;
          esac ;;
`

const optionSpec = ({ name, short, value, offered, doc }: OptionRow): string => {
  const explained = `[${escaped(doc)}]`
  if (value === undefined) return `--${name}${explained}`
  return `${short === undefined ? `--${name}=` : `-${short}`}${explained}:${escaped(value)}:${actionOf(offered)}`
}

const argumentSpec = ({ label, offered, optional, many }: ArgumentRow): string =>
  `${many === true ? '*' : ''}:${optional === true ? ':' : ''}${escaped(label)}:${actionOf(offered)}`

const escaped = (text: string): string => text.replaceAll(/[[\]:\\]/g, '\\$&')

const actionOf = (offered: Offered | undefined): string => {
  if (offered === undefined) return ' '
  if (offered === 'file') return '_files'
  if (offered === 'directory') return '_files -/'
  return 'namesAfter' in offered ? `{ _weir_names "${offered.namesAfter}" }` : `(${offered.join(' ')})`
}
