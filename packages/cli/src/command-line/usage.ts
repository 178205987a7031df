import type { CommandRow, OptionRow } from './command-row.ts'
import { commandRows } from './command-table.ts'

/** Width of what stands before an explanation. */
const LEFT = 30
const WIDTH = 120

/** `--config FILE`, `-f FILE`, `--json`. */
export const optionText = ({ name, short, value }: OptionRow): string =>
  `${short === undefined ? `--${name}` : `-${short}`}${value === undefined ? '' : ` ${value}`}`

/** `weir extension build FILE [--out DIR] [--check types|off]`. */
export const synopsis = ({ name, arguments: positional, options }: CommandRow & { readonly name: string }): string =>
  [
    `weir ${name}`,
    ...positional.map(({ label, optional, many }) =>
      `${optional === true ? `[${label}]` : label}${many === true ? ' …' : ''}`
    ),
    ...options.map(option => option.required === true ? optionText(option) : `[${optionText(option)}]`)
  ].join(' ')

const commandUsage = (row: CommandRow & { readonly name: string }): string => {
  const short = row.options.length > 5 ? `weir ${row.name} [options]` : synopsis(row)
  return `Usage: ${short}\n\n${wrapped(sentence(row.doc), 0, '')}${
    row.options.length === 0 ? '' : `\nOptions:\n${optionLines(row)}`
  }`
}

/**
 * Returns the help that a command line with `--help` asks for: about its command, or about every command where it names
 * none.
 */
export const commandHelp = (args: readonly string[]): string => {
  const words = args.slice(0, args.findIndex(arg => arg === '--help' || arg === '-h') + 1 || args.length).filter(arg =>
    !arg.startsWith('-') && arg !== 'help'
  )
  const named = commandRows.filter(({ name }) => `${words.join(' ')} `.startsWith(`${name} `))
  if (named[0] !== undefined) return commandUsage(named[0])
  const group = commandRows.filter(({ name }) => words[0] !== undefined && name.startsWith(`${words[0]} `))
  return group.length > 0 ? group.map(commandLines).join('') : usage()
}

/** The text of `weir --help`. */
export const usage = (): string => {
  const serve = commandRows.find(({ name }) => name === 'serve')!
  const groups = [...new Set(commandRows.map(({ group }) => group))].filter(group => group !== serve.group)
  return [
    `${commandUsage(serve)}`,
    ...groups.map(group => `${group}:\n${commandRows.filter(row => row.group === group).map(commandLines).join('')}`),
    `  ${'weir COMMAND --help'.padEnd(LEFT - 2)}explain a command and its options\n  ${
      'weir --version'.padEnd(LEFT - 2)
    }print the version\n`
  ].join('\n')
}

const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`

const optionLines = ({ options }: CommandRow): string =>
  options.map(option => wrapped(option.doc, LEFT, `  ${optionText(option)}`)).join('')

const commandLines = (row: CommandRow & { readonly name: string }): string =>
  `${wrapped(synopsis(row), 6, '  ').replace(/^ {6}/, '  ')}      ${row.doc}\n`

/** Returns a text in lines that begin at a column, the first of them behind `left`. */
const wrapped = (text: string, column: number, left: string): string => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && column + line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  lines.push(line)
  const [first = '', ...rest] = lines
  const head = left.length < column || left === ''
    ? `${left.padEnd(column)}${first}`
    : `${left}\n${' '.repeat(column)}${first}`
  return [head, ...rest.map(each => `${' '.repeat(column)}${each}`)].map(each => `${each}\n`).join('')
}
