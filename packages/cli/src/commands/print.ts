import { setTimeout as sleep } from 'node:timers/promises'
import type { WeirError } from '@weirlb/model'
import type { ExecDone } from '@weirlb/admin/client'

/** Where a command line prints. */
export interface Printed {
  readonly json: boolean
  /** Name of the file of the commands; undefined for those of the command line. */
  readonly source: string | undefined
}

/** Width of the terminal, in what the API takes. A pipe has the greatest. */
export const columnsOf = ({ columns }: { readonly columns?: number }): number =>
  Math.min(1000, Math.max(40, columns ?? 1000))

/** Returns what commands have shown as JSON, without the texts for people. */
export const jsonOf = ({ revision, changes, results, skipped }: ExecDone): string =>
  `${
    JSON.stringify(
      { revision, changes, results: results.map(({ line, command, data }) => ({ line, command, data })), skipped },
      null,
      2
    )
  }\n`

/**
 * Returns a refusal as JSON: `{ "error": { code, message, issues } }`; an issue has a path, a message, and the line and
 * column of a command.
 */
export const errorJson = ({ code, message, issues }: WeirError): string =>
  `${JSON.stringify({ error: { code, message, issues } }, null, 2)}\n`

/** Print what commands have shown, and on standard error what was skipped and changed. */
export const print = (done: ExecDone, { json, source }: Printed): void => {
  const { revision, changes, results, skipped } = done
  if (json) {
    process.stdout.write(jsonOf(done))
    return
  }
  for (const { text } of results) process.stdout.write(text)
  for (const { line, command, reason } of skipped)
    process.stderr.write(`${source === undefined ? '' : `${source}:${line}: `}skipped '${command}': ${reason}\n`)
  if (changes > 0)
    process.stderr.write(`${changes} ${changes === 1 ? 'command' : 'commands'} done, revision ${revision}\n`)
}

/** Clears a terminal, as top does before each print. */
const CLEAR = '\u001B[H\u001B[2J'

/**
 * Run commands again and again, as the first of them asks with `-ntimes`. `run` runs and `show` prints them; a terminal
 * is cleared before each print. Ends when `stop` is aborted.
 */
export const repeat = async (
  { results }: ExecDone,
  run: () => Promise<ExecDone>,
  show: (done: ExecDone) => void,
  stop?: AbortSignal
): Promise<void> => {
  const wanted = results.find(result => result.repeat !== undefined)?.repeat
  if (wanted === undefined) return
  for (let done = 1; wanted.times === 0 || done < wanted.times; done++) {
    try { await sleep(wanted.seconds * 1000, undefined, stop === undefined ? {} : { signal: stop }) } catch { return }
    const next = await run()
    if (stop?.aborted === true) return
    if (process.stdout.isTTY) process.stdout.write(CLEAR)
    show(next)
  }
}
