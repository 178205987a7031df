import type { SessionEntry } from './session-directory.ts'
import type { SessionSlots } from './session-slots.ts'

/** Which entries; every given field must match. */
export interface SessionTableQuery {
  readonly lbVserver?: string | undefined
  /** In stored form. */
  readonly key?: string | undefined
  /** Maximum rows to return. */
  readonly limit?: number | undefined
}

const entryAt = (slots: SessionSlots, slot: number, now: number, key: string): SessionEntry => {
  const { lb, service } = slots.target(slot)
  const expiresAt = slots.expiresAt(slot)
  return {
    lbVserver: lb.name,
    key,
    service,
    connections: slots.holds(slot),
    expiresInMs: expiresAt === Infinity ? undefined : expiresAt - now
  }
}

/**
 * Yields matching entries in parts, while the table is in use; each part examines at most `steps` entries. An entry
 * that changes meanwhile may be listed before or after its change, or not at all.
 */
export function* sessionListing (
  slots: SessionSlots,
  clock: () => number,
  { lbVserver, key, limit = Infinity }: SessionTableQuery,
  steps: number
): Generator<SessionEntry[], void, void> {
  const { lbs } = slots
  const only = lbVserver === undefined ? undefined : lbs.get(lbVserver)
  if (lbVserver !== undefined && only === undefined) return
  let now = clock()
  let part: SessionEntry[] = []
  if (key !== undefined) {
    for (const lb of only === undefined ? lbs.values() : [only]) {
      const slot = slots.find(lb, key)
      if (slot >= 0 && slots.expiresAt(slot) > now && part.length < limit) part.push(entryAt(slots, slot, now, key))
    }
    yield part
    return
  }
  let left = steps
  // There may be fewer slots when it continues.
  for (let slot = 0, listed = 0; slot < slots.count && listed < limit; slot++) {
    if (slots.has(slot) && slots.expiresAt(slot) > now && (only === undefined || slots.target(slot).lb === only)) {
      part.push(entryAt(slots, slot, now, slots.key(slot)))
      listed++
    }
    if (--left > 0) continue
    yield part
    part = []
    left = steps
    now = clock()
  }
  yield part
}
