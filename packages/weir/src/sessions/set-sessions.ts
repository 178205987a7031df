import { setImmediate as turn } from 'node:timers/promises'
import type { Sessions } from './sessions.ts'
import type { WantedSession } from '../data-plane.ts'

/** Entries of one turn of the event loop, and of one message to a worker. */
export const SET_PART = 1000

/** Returns the index of the first entry that would have no room, because clients hold all others; -1: all have room. */
export const firstWithoutRoom = async ({ own }: Sessions, entries: readonly WantedSession[]): Promise<number> => {
  if (own === undefined) return -1
  const left = new Map<string, number>()
  let leftOfAll = own.room(undefined)
  for (const [i, { table, key }] of entries.entries()) {
    if (i % SET_PART === SET_PART - 1) await turn()
    if (own.find(table, key) !== undefined) continue
    const room = (left.get(table) ?? own.room(table)) - 1
    if (room < 0 || --leftOfAll < 0) return i
    left.set(table, room)
  }
  return -1
}

/** Apply entries in parts, each in a turn of its own. */
export const inParts = async (
  entries: readonly WantedSession[],
  apply: (part: readonly WantedSession[]) => unknown
): Promise<void> => {
  for (let at = 0; at < entries.length; at += SET_PART) {
    if (at > 0) await turn()
    await apply(entries.slice(at, at + SET_PART))
  }
}
