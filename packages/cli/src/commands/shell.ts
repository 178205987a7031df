import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline/promises'
import { WeirError } from '@weirlb/model'
import type { ExecDone } from '@weirlb/admin/client'
import { complete, grammar } from '@weirlb/netscaler'
import { optionNames } from '../command-line/command-table.ts'
import { readArguments } from '../extension/arguments.ts'
import { apiOf, ask, hostOf } from '../extension/rest.ts'
import { UsageError } from '../usage-error.ts'
import { filesOf } from './command-files.ts'
import { entityNames } from './entity-names.ts'
import { columnsOf, repeat } from './print.ts'
import { refusalText } from './refusal-text.ts'
import { ShellHistory } from './shell-history.ts'

const ends: readonly string[] = ['exit', 'quit', 'logout']

/**
 * `weir shell [--api URL]`: reads NetScaler's commands from the terminal and runs each, with completion, history, help
 * and paging. Without a terminal it runs the lines of its input, and exits with 1 if one was refused.
 */
export const shell = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'option', optionNames('shell'))
  if (value !== undefined)
    throw new UsageError(`weir shell takes options only, got '${value}'; there are: --api URL, --socket PATH`)
  await new Shell(apiOf(options.api, options.socket)).run()
}

class Shell {
  readonly #api: string
  readonly #terminal = process.stdin.isTTY && process.stdout.isTTY
  readonly #history = new ShellHistory()
  readonly #lines: Interface
  /** Ends what is being repeated. */
  #running: AbortController | undefined

  constructor (api: string) {
    this.#api = api
    const names = entityNames(api)
    this.#lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: this.#terminal,
      prompt: this.#terminal ? `${hostOf(api)}> ` : '',
      history: this.#history.lines,
      removeHistoryDuplicates: true,
      completer: async (line: string): Promise<[string[], string]> => {
        const { candidates, replaced } = await complete(grammar, line, names, ['help', ...ends])
        return [candidates.map(candidate => `${candidate} `), replaced]
      }
    })
    this.#lines.on('history', lines => { this.#history.keep(lines) })
    this.#lines.on('SIGINT', () => {
      if (this.#running !== undefined) this.#running.abort()
      else this.#lines.write(null, { ctrl: true, name: 'u' })
    })
  }

  async run (): Promise<void> {
    // The first line tells who answers, or that nobody does.
    if (this.#terminal) await this.#command('show ns version')
    this.#prompt()
    for await (const line of this.#lines) {
      const command = line.trim()
      if (ends.includes(command.toLowerCase())) break
      if (command !== '') await this.#command(command)
      this.#prompt()
    }
    this.#lines.close()
    if (this.#terminal) this.#history.save()
  }

  /** Input that is no terminal may have ended while its lines are run. */
  #prompt (): void {
    if (this.#terminal) this.#lines.prompt()
  }

  async #command (commands: string): Promise<void> {
    this.#running = new AbortController()
    try {
      const files = await filesOf(commands, process.cwd())
      const run = async (): Promise<ExecDone> =>
        (await ask(this.#api, 'execCommands', {
          body: { commands, files, folder: process.cwd(), columns: columnsOf(process.stdout) }
        })).body
      const done = await run()
      await this.#print(done)
      if (done.changes === 0)
        await repeat(done, run, again => {
          process.stdout.write(textOf(again))
        }, this.#running.signal)
    } catch (error) {
      if (!(error instanceof WeirError)) throw error
      process.stderr.write(refusalText(error, commands, undefined) ?? `weir: ${error.message} [${error.code}]\n`)
      if (!this.#terminal) process.exitCode = 1
    } finally {
      this.#running = undefined
    }
  }

  async #print (done: ExecDone): Promise<void> {
    for (const { command, reason } of done.skipped) process.stdout.write(`skipped '${command}': ${reason}\n`)
    await this.#page(textOf(done))
    if (done.changes > 0) process.stdout.write(' Done\n')
  }

  /** Print a text; a longer one than the terminal has rows, a page at a time. */
  async #page (text: string): Promise<void> {
    const lines = text.split('\n')
    const rows = Math.max(2, (process.stdout.rows ?? 24) - 1)
    if (!this.#terminal || lines.length <= rows) {
      process.stdout.write(text)
      return
    }
    for (let at = 0; at < lines.length; at += rows) {
      process.stdout.write(lines.slice(at, at + rows).join('\n'))
      if (at + rows >= lines.length) return
      process.stdout.write('\n--More-- (q ends)')
      const key = await this.#key()
      process.stdout.write('\r\u001B[K')
      if (key === 'q' || key === '\u0003') return
    }
  }

  async #key (): Promise<string> {
    const [, key] = await once(process.stdin, 'keypress') as [string | undefined, { readonly sequence: string }]
    // What is typed here is no part of the next line.
    this.#lines.write(null, { ctrl: true, name: 'u' })
    return key.sequence
  }
}

const textOf = ({ results }: ExecDone): string => results.map(({ text }) => text).join('')
