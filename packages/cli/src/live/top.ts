import { setTimeout as sleep } from 'node:timers/promises'
import type { Health } from '@weirlb/admin/client'
import { WeirError } from '@weirlb/model'
import { flagNames, optionNames } from '../command-line/command-table.ts'
import { readArguments } from '../extension/arguments.ts'
import { apiOf, ask } from '../extension/rest.ts'
import { UsageError } from '../usage-error.ts'
import { columnsOf } from '../commands/print.ts'
import { rowsOf, tableText, topTables, type Row, type Stat, type TopTableName } from './figures.ts'
import { endWithReader } from './reader.ts'
import { Screen } from './screen.ts'

/** The first rates come after this time at most. */
const FIRST_SECONDS = 1
const names = Object.keys(topTables) as TopTableName[]

/** One look at a Weir. */
interface Look {
  readonly time: string
  readonly health: Health
  readonly tables: Readonly<Record<TopTableName, readonly Row[]>>
}

/**
 * `weir top [--interval SECONDS] [--times N] [--json] [--api URL]`: user vservers, LB vservers and services with their
 * rates, again and again: on the whole terminal until `q`, elsewhere one below the other. `--json`: an object a line.
 */
export const top = async (args: readonly string[]): Promise<void> => {
  const { value, options, flags } = readArguments(args, 'option', optionNames('top'), flagNames('top'))
  if (value !== undefined)
    throw new UsageError(`weir top takes options only, got '${value}'; there are: ${
      optionNames('top').map(name => `--${name}`).join(', ')
    }`)
  const api = apiOf(options.api)
  const interval = numberOf('--interval', options.interval ?? '2', 0.2, 3600)
  const times = options.times === undefined ? Infinity : numberOf('--times', options.times, 1, Number.MAX_SAFE_INTEGER)
  const json = flags.has('json')
  endWithReader()
  // Nobody there is told before anything is drawn.
  const weir = {}
  const first = await look(api, weir)
  const screen = process.stdout.isTTY && !json ? new Screen() : undefined
  const show = (seen: Look): void => {
    if (screen !== undefined) screen.show(textOf(api, seen))
    else process.stdout.write(
        json
          ? `${JSON.stringify({ time: seen.time, health: seen.health, ...seen.tables })}\n`
          : `${textOf(api, seen)}\n`
      )
  }
  screen?.open()
  try {
    show(first)
    let last = first
    for (let shown = 1; shown < times; shown++) {
      if (!await passed(shown === 1 ? Math.min(interval, FIRST_SECONDS) : interval, screen?.stopped)) return
      try {
        last = await look(api, weir)
        show(last)
      } catch (error) {
        if (!(error instanceof WeirError)) throw error
        // It may be restarted: what was seen last stays, with the reason.
        if (screen !== undefined) screen.show(`${error.message}; it is tried again\n\n${textOf(api, last)}`)
        else process.stderr.write(`weir: ${error.message}; it is tried again\n`)
      }
    }
  } finally {
    screen?.close()
  }
}

const look = async (api: string, weir: object): Promise<Look> => {
  const commands = names.map(name => topTables[name].command).join('\n')
  const [{ body: health }, { body: { results } }] = await Promise.all([
    ask(api, 'getHealth', {}),
    ask(api, 'execCommands', { body: { commands } })
  ])
  const rows = names.map((name, i) => [name, rowsOf(weir, name, results[i]!.data as readonly Stat[])] as const)
  return { time: new Date().toISOString(), health, tables: Object.fromEntries(rows) as unknown as Look['tables'] }
}

const textOf = (api: string, { time, health, tables }: Look): string => {
  const { status, version, revision, uptimeSeconds, workers, services } = health
  const up = workers.filter(({ status }) => status === 'up').length
  const head = [
    `weir ${version} on ${
      new URL(api).host
    }: ${status}, ${up} of ${workers.length} workers up, revision ${revision}, running for ${
      durationText(uptimeSeconds)
    }, ${new Date(time).toTimeString().slice(0, 8)}`,
    `services: ${services.up} up, ${services.down} down, ${services.unknown} unknown`
  ]
  return [
    `${head.join('\n')}\n`,
    ...names.flatMap(name =>
      tables[name].length === 0 ? [] : [tableText(name, tables[name], columnsOf(process.stdout))]
    )
  ].join('\n')
}

/** `3d 04:05:06`. */
const durationText = (seconds: number): string => {
  const two = (count: number): string => String(Math.floor(count)).padStart(2, '0')
  return `${seconds >= 86_400 ? `${Math.floor(seconds / 86_400)}d ` : ''}${two(seconds / 3600 % 24)}:${
    two(seconds / 60 % 60)
  }:${two(seconds % 60)}`
}

const passed = async (seconds: number, stopped: AbortSignal | undefined): Promise<boolean> => {
  if (stopped?.aborted === true) return false
  return await sleep(seconds * 1000, true, stopped === undefined ? {} : { signal: stopped }).catch(() => false)
}

const numberOf = (option: string, text: string, least: number, most: number): number => {
  const number = Number(text)
  if (text.trim() !== '' && number >= least && number <= most) return number
  throw new UsageError(`${option}: expected a number from ${least} to ${most}, got '${text}'`)
}
