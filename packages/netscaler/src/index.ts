export {
  exec,
  MAX_COMMANDS,
  type AskedCommand,
  type ExecDone,
  type ExecRequest,
  type ExecResult,
  type Skipped
} from './run/exec.ts'
export { grammar } from './commands/grammar.ts'
export { readStatements } from './lexer/read-statements.ts'
export { quoteWord } from './lexer/quote-word.ts'
export { synopsis, optionSynopsis } from './grammar/synopsis.ts'
export type { Command, ObjectWords, Verb } from './grammar/command.ts'
export { isLuaFile, looksLikeLua, luaRefused } from './table/extension.ts'
export { importedFiles, type ImportedFile } from './run/imported-files.ts'
export { fault } from './fault.ts'
export { exportCommands } from './export/export-commands.ts'
export { complete, type Completion, type NamesOf } from './help/complete.ts'
export { helpText } from './help/help-text.ts'
export { printable, table, type Column } from './show/layout.ts'
export { ratesOf } from './show/rates.ts'
export { rowOf } from './table/own-rows.ts'
export { foreignObjects, foreignVerbs } from './table/outside.ts'
