import { flagNames, optionNames } from '../command-line/command-table.ts'
import { readArguments } from '../extension/arguments.ts'
import { apiOf } from '../extension/rest.ts'
import { UsageError } from '../usage-error.ts'
import { follow, type StreamEvent } from './event-source.ts'
import { endWithReader } from './reader.ts'
import { jsonLineOf, lineOf, type StreamName } from './tail-lines.ts'
import { TailTrace } from './tail-trace.ts'

const filterNames = ['vserver', 'service', 'session', 'client', 'reason'] as const
type Filters = Readonly<Partial<Record<typeof filterNames[number], string>>>

/**
 * `weir tail [--vserver V] [--service S] [--session KEY] [--client ADDRESS] [--reason R] [--trace EXTENSION] [--json]
 * [--api URL]`: connections that begin and end, HTTP requests, events of Weir, and decisions of the edge, as they
 * happen, until it is interrupted. Events and decisions come where nothing is filtered. With `--trace` the calls of an
 * extension come too. It goes on when the server has restarted.
 */
export const tail = async (args: readonly string[]): Promise<void> => {
  const { value, options, flags } = readArguments(args, 'option', optionNames('tail'), flagNames('tail'))
  if (value !== undefined)
    throw new UsageError(`weir tail takes options only, got '${value}'; there are: ${
      optionNames('tail').map(name => `--${name}`).join(', ')
    }`)
  const api = apiOf(options.api)
  endWithReader()
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => { stop.abort() })
  const line = flags.has('json') ? jsonLineOf : lineOf
  const print = (stream: StreamName) => (event: StreamEvent): void => {
    process.stdout.write(`${line(stream, event)}\n`)
  }
  const link = new Link(api)
  const common = { api, signal: stop.signal, onLost: () => { link.lost() }, onBack: () => { link.back() } }
  const trace = options.trace === undefined ? undefined : new TailTrace(api, options.trace, options)
  const streams = [
    follow({ ...common, path: `/connections${queryOf(options)}`, onEvent: print('connections') }),
    ...isFiltered(options)
      ? []
      : [
        follow({ ...common, path: '/events', onEvent: print('events') }),
        follow({ ...common, path: '/security/events?limit=1', onEvent: print('security') })
      ],
    ...trace === undefined ? [] : [follow({
      ...common,
      path: trace.path,
      prepare: async () => {
        await trace.begin()
      },
      onEvent: print('trace')
    })]
  ]
  try {
    await Promise.all(streams)
  } finally {
    stop.abort()
    await Promise.allSettled(streams)
    await trace?.end()
  }
}

const isFiltered = (filters: Filters): boolean => filterNames.some(name => filters[name] !== undefined)

const queryOf = ({ vserver, ...filters }: Filters): string => {
  const given = {
    userVserver: vserver,
    service: filters.service,
    session: filters.session,
    client: filters.client,
    reason: filters.reason,
    limit: '1'
  }
  return `?${
    new URLSearchParams(
      Object.entries(given).flatMap(([name, value]) => value === undefined ? [] : [[name, value] as [string, string]])
    ).toString()
  }`
}

/** The way to the server, which all streams have lost together. */
class Link {
  readonly #api: string
  #lostAt: number | undefined

  constructor (api: string) { this.#api = api }

  lost (): void {
    if (this.#lostAt !== undefined) return
    this.#lostAt = performance.now()
    process.stderr.write(`weir: ${this.#api} has ended the stream; it is tried again\n`)
  }

  back (): void {
    if (this.#lostAt === undefined) return
    const seconds = (performance.now() - this.#lostAt) / 1000
    this.#lostAt = undefined
    process.stderr.write(
      `weir: ${this.#api} is back after ${
        seconds.toFixed(1)
      } s; connections that began or ended meanwhile are not shown\n`
    )
  }
}
