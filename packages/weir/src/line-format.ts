import { escapeControls } from './escape-controls.ts'

/** Returns a line of the log in another form; both have their line feed. */
export type LineFormat = (line: string) => string

/** How the log is written: for people at a terminal, or for programs that collect it. */
export const logFormats = ['pretty', 'json'] as const
export type LogFormat = typeof logFormats[number]

/** The names of pino's levels, in one width, and their colours. */
const levels: Readonly<Record<number, readonly [name: string, colour: string]>> = {
  10: ['TRACE', '2'],
  20: ['DEBUG', '36'],
  30: ['INFO ', '32'],
  40: ['WARN ', '33'],
  50: ['ERROR', '31'],
  60: ['FATAL', '35']
}

/** Fields that stand elsewhere in the line, or say nothing to somebody who looks on. */
const elsewhere = new Set(['level', 'time', 'msg', 'pid'])

/**
 * Makes lines for people of lines of JSON: time, level, message, and each field as `name=value`.
 *
 *     21:04:05.123 INFO  connection closed  worker=1 userVserver=mqtt client=127.0.0.1:50123 reason=client-closed
 *
 * Own code and no library: clients choose some of the values, and none of them may move a cursor, set a colour or begin
 * a line. A line that is not one of ours stays as it is, without its control characters.
 */
export const prettyLines = (colours: boolean): LineFormat => {
  const paint = (colour: string, text: string): string => colours ? `\u001B[${colour}m${text}\u001B[0m` : text
  return line => {
    const record = recordOf(line)
    if (record === undefined) return `${escapeControls(line.trimEnd())}\n`
    const [name, colour] = levels[record['level'] as number] ?? ['     ', '0']
    const fields = Object.entries(record).flatMap(([field, value]) =>
      elsewhere.has(field) ? [] : [`${paint('2', `${escapeControls(field)}=`)}${valueText(value)}`]
    )
    return `${paint('2', clockTime(record['time']))} ${paint(colour, name)} ${
      escapeControls(String(record['msg'] ?? ''))
    }${fields.length === 0 ? '' : `  ${fields.join(' ')}`}\n`
  }
}

const recordOf = (line: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const record: unknown = JSON.parse(line)
    return typeof record === 'object' && record !== null && !Array.isArray(record)
      ? record as Record<string, unknown>
      : undefined
  } catch {
    return undefined
  }
}

/** The time of day, as the clock on the wall has it. */
const clockTime = (time: unknown): string => {
  const date = new Date(time as string)
  if (Number.isNaN(date.getTime())) return '--:--:--.---'
  const two = (count: number): string => String(count).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${
    String(date.getMilliseconds()).padStart(3, '0')
  }`
}

/** Text stands bare where it is one word. */
const valueText = (value: unknown): string => {
  if (typeof value === 'string' && /^[^\s"={}[\]]+$/.test(value)) return escapeControls(value)
  return escapeControls(JSON.stringify(value) ?? '')
}
