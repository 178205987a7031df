import type { Issue, WeirError } from '@weirlb/model'

/**
 * Returns the text of a refusal with the line of each fault and a mark below its word; undefined for one that is about
 * no command.
 *
 *     ns.conf:40: add service: no option '-maxClents'; did you mean '-maxClient'?
 *       add service s1 192.0.2.1 USER_TCP 80 -maxClents 5
 *                                            ^
 */
export const refusalText = (error: WeirError, commands: string, source: string | undefined): string | undefined => {
  const placed = error.issues.filter(({ path, line }) => path === 'commands' && line !== undefined)
  if (placed.length === 0) return undefined
  const lines = commands.split(/\r\n|\n|\r/)
  const single = source === undefined && lines.length === 1
  // A command that shows something runs after the changes.
  const applied = error.issues.find(({ path }) => path === 'applied')?.message
  const end = applied === undefined ? 'Nothing was changed' : `${applied[0]!.toUpperCase()}${applied.slice(1)}`
  return `${
    placed.map(issue =>
      issueText(issue, lines, single ? 'weir' : `${source ?? 'line'}${source === undefined ? ' ' : ':'}${issue.line}`)
    ).join('')
  }${end} [${error.code}]\n`
}

/** A longer line is shown in part. */
const MAX_SHOWN = 160

const issueText = ({ line, column = 1, message }: Issue, lines: readonly string[], place: string): string => {
  const text = (lines[line! - 1] ?? '').replaceAll('\t', ' ')
  const from = column > MAX_SHOWN ? column - MAX_SHOWN / 2 : 0
  return `${place}: ${message}\n  ${text.slice(from, from + MAX_SHOWN)}\n  ${
    ' '.repeat(Math.max(0, column - 1 - from))
  }^\n`
}
