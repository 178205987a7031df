import { findCommand } from '../grammar/find-command.ts'
import { readStatements } from '../lexer/read-statements.ts'
import { isOption } from '../lexer/statement.ts'
import { grammar } from '../commands/grammar.ts'
import { textOfData } from '../table/data-url.ts'

/** A file that a command imports. */
export interface ImportedFile {
  readonly line: number
  readonly column: number
  /** As the command names it: `local:mqtt.ts`, or a URL. */
  readonly src: string
  /** The code of an extension, and no commands. */
  readonly isCode: boolean
}

/** Returns the files that commands import, for who sends them along. Throws command-invalid for what cannot be read. */
export const importedFiles = (commands: string): ImportedFile[] => readStatements(commands).flatMap(statement => {
  if (!/^(im|di)/i.test(statement.words[0]!.text)) return []
  const found = findCommand(grammar, statement)
  if ('skipped' in found || found.command.verb !== 'import' && found.command.verb !== 'diff') return []
  const src = found.rest.find(word => !isOption(word))
  if (src === undefined || textOfData(src.text) !== undefined) return []
  return [{ line: statement.line, column: src.column, src: src.text, isCode: found.command.verb === 'import' }]
})
