import { printable } from '@weirlb/netscaler'
import type { StreamEvent } from './event-source.ts'

/** What `weir tail` follows. */
export type StreamName = 'connections' | 'events' | 'security' | 'trace'

/** Fields that stand at a place of their own, or that say nothing to somebody who looks on. */
const elsewhere: ReadonlySet<string> = new Set(['type', 'time', 'kind', 'userVserver', 'client'])

/**
 * Returns a line for people.
 *
 *     21:04:05.123 end         mqtt 127.0.0.1:50123 service=broker-1 session=meter-7 reason=client-closed …
 */
export const lineOf = (stream: StreamName, { type, data }: StreamEvent): string => {
  const time = new Date((data['time'] as number | undefined) ?? Date.now())
  const clock = `${time.toTimeString().slice(0, 8)}.${String(time.getMilliseconds()).padStart(3, '0')}`
  if (type === 'dropped') return `${clock} dropped     ${String(data['count'])} more of ${stream}`
  const fields = Object.entries(data).flatMap(([name, value]) =>
    elsewhere.has(name) || value === undefined ? [] : [`${name}=${valueText(value)}`]
  )
  return printable(
    [
      clock,
      wordOf(stream, type, data).padEnd(11),
      ...['userVserver', 'client'].flatMap(name => data[name] === undefined ? [] : [String(data[name])]),
      ...fields
    ].join(' ')
  )
}

/** An end by what has ended: a connection, a request, or an attempt. */
const wordOf = (stream: StreamName, type: string, { kind, call, status, level }: StreamEvent['data']): string => {
  if (stream === 'trace') return type === 'status' ? `trace ${String(level ?? status)}` : `call ${String(call)}`
  if (type === 'security') return String(kind)
  if (type !== 'end') return type
  return kind === 'connection' ? 'end' : String(kind)
}

const valueText = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"={}[\]]+$/.test(value) ? value : JSON.stringify(value)

/**
 * Returns a line for programs: the stream and the type beside what the API sends. Characters that a terminal would obey
 * are escapes in JSON, too, for those who look at it there.
 */
export const jsonLineOf = (stream: StreamName, { type, data }: StreamEvent): string =>
  JSON.stringify({ stream, ...data, type }).replaceAll(
    /[\u007F-\u009F\p{Cf}\p{Zl}\p{Zp}]/gu,
    text => text.split('').map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  )
