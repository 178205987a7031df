import type { CommandRow } from '../command-line/command-row.ts'
import { commandRows } from '../command-line/command-table.ts'

/** A command with its words. */
export type NamedRow = CommandRow & { readonly name: string }

/** What the first word of a command may be: a command, or a group of commands that a second word names. */
export interface FirstWord {
  readonly word: string
  readonly doc: string
  /** Empty for a command. */
  readonly seconds: readonly { readonly word: string, readonly row: NamedRow }[]
  readonly row: NamedRow | undefined
}

/** The first words of all commands, in the order of the help. */
export const firstWords: readonly FirstWord[] = [...new Set(commandRows.map(({ name }) => name.split(' ')[0]!))].map(
  word => {
    const row = commandRows.find(({ name }) => name === word)
    const seconds = commandRows.filter(({ name }) => name.startsWith(`${word} `)).map(row => ({
      word: row.name.slice(word.length + 1),
      row
    }))
    return { word, row, seconds, doc: row?.doc ?? `commands: ${seconds.map(second => second.word).join(', ')}` }
  }
)

/** A text between single quotes, for any of the shells. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
