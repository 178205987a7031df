import type { Framing } from '../framing.ts'
import type { DeclaredKeys, KeyedCommands } from '../keys.ts'
import { isRecord, shown, type Issues } from './issues.ts'

const MAX_ROWS = 64
const MAX_NAMES = 1024
const MAX_ELEMENT = 1023
const NAME = /^[!-~]{1,32}$/
const HASH_TAG = /^[!-~]{2}$/
const COUNTER = /^.{1,128}$/

/** True if messages of this framing have elements that a key may be one of. */
const hasElements = (framing: Framing): boolean =>
  framing.kind === 'delimiter' ||
  (framing.kind === 'elements' && framing.bodies.length > 0 && framing.groups.some(({ times, plus }) =>
    times === 1 && plus === 0
  ))

const checkNames = (issues: Issues, path: string, value: unknown, seen: Set<string>): string[] => {
  if (!Array.isArray(value) || value.length === 0) {
    issues.add(path, `expected a list of commands, got ${shown(value)}`)
    return []
  }
  return value.slice(0, MAX_NAMES).map((given: unknown, i) => {
    const name = issues.match(`${path}[${i}]`, given, NAME, 'a command of 1 to 32 printable ASCII characters')
      .toUpperCase()
    if (name !== '' && seen.has(name)) issues.add(`${path}[${i}]`, `${shown(given)} is declared twice`)
    seen.add(name)
    return name
  })
}

const checkRow = (issues: Issues, path: string, value: unknown, seen: Set<string>): KeyedCommands => {
  const given = issues.record(path, value, ['names', 'key', 'elements'])
  const names = checkNames(issues, `${path}.names`, given['names'], seen)
  const key = issues.record(`${path}.key`, given['key'], ['element'])
  const element = isRecord(given['key']) ? issues.integer(`${path}.key.element`, key['element'], 1, MAX_ELEMENT) : 1
  return {
    names,
    key: { element },
    ...given['elements'] !== undefined &&
      { elements: issues.integer(`${path}.elements`, given['elements'], element + 1, MAX_ELEMENT + 1) }
  }
}

/** Read which messages of a side are judged by their keys alone; names become upper-case. */
export const checkKeys = (
  issues: Issues,
  path: string,
  value: unknown,
  framing: Framing,
  handler: boolean
): DeclaredKeys | undefined => {
  if (value === undefined) return undefined
  const given = issues.record(path, value, ['commands', 'hashTag', 'count'])
  if (!isRecord(value)) return undefined
  if (path !== 'client.keys') issues.add(path, 'only messages of the client choose a server; there is client.keys')
  if (!handler) issues.add(path, 'needs onMessage, which gets all other messages')
  if (!hasElements(framing))
    issues.add(
      path,
      'messages of this framing have no elements; those of lines, delimiter, and elements with a list of bodies have'
    )
  const rows = given['commands']
  if (!Array.isArray(rows) || rows.length < 1 || rows.length > MAX_ROWS) {
    issues.add(`${path}.commands`, `expected a list of 1 to ${MAX_ROWS} entries { names, key }, got ${shown(rows)}`)
    return undefined
  }
  const seen = new Set<string>()
  const commands = rows.map((row, i) => checkRow(issues, `${path}.commands[${i}]`, row, seen))
  if (seen.size > MAX_NAMES) issues.add(`${path}.commands`, `${seen.size} commands; there may be ${MAX_NAMES}`)
  return {
    commands,
    ...given['hashTag'] !== undefined &&
      {
        hashTag: issues.match(`${path}.hashTag`, given['hashTag'], HASH_TAG, 'two printable ASCII characters, as "{}"')
      },
    ...given['count'] !== undefined &&
      { count: issues.match(`${path}.count`, given['count'], COUNTER, 'the name of a counter, of 1 to 128 characters') }
  }
}
