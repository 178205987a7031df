/** A time in which the documentation permits that a key is at two servers. Milliseconds on one clock. */
export interface Window { readonly from: number, readonly to: number }

interface Stay { readonly service: string, readonly node: string, readonly from: number }

/** A key at two servers at one time. */
export interface Overlap {
  readonly key: string
  readonly services: readonly [string, string]
  readonly nodes: readonly [string, string]
  readonly from: number
  readonly to: number
}

/**
 * A log of the connections of a run, and the check of it: replays them, and finds the keys that were at two servers at
 * one time.
 */
export class ClaimsLog {
  readonly #open = new Map<string, Map<string, Stay>>()
  readonly #overlaps: Overlap[] = []
  connects = 0

  connected (key: string, id: string, node: string, service: string, at: number): void {
    this.connects++
    const open = this.#open.get(key) ?? new Map<string, Stay>()
    this.#open.set(key, open.set(id, { service, node, from: at }))
  }

  closed (key: string, id: string, at: number): void {
    const open = this.#open.get(key)
    const stay = open?.get(id)
    if (open === undefined || stay === undefined) return
    open.delete(id)
    if (open.size === 0) this.#open.delete(key)
    for (const other of open.values())
      if (other.service !== stay.service)
        this.#overlaps.push({
          key,
          services: [stay.service, other.service],
          nodes: [stay.node, other.node],
          from: Math.max(stay.from, other.from),
          to: at
        })
  }

  /** Close what is open, and return the overlaps that last longer than `slackMs` outside of all windows. */
  check (windows: readonly Window[], slackMs: number, now: number): readonly Overlap[] {
    for (const [key, open] of [...this.#open]) for (const id of [...open.keys()]) this.closed(key, id, now)
    return this.#overlaps.filter(({ from, to }) => outside(from, to, windows) > slackMs)
  }
}

/** Returns how much of a time lies outside of all windows. */
const outside = (from: number, to: number, windows: readonly Window[]): number => {
  let left = to - from
  let reached = from
  for (const window of windows.toSorted((one, two) => one.from - two.from)) {
    const begin = Math.max(reached, window.from)
    const end = Math.min(to, window.to)
    if (end <= begin) continue
    left -= end - begin
    reached = end
  }
  return left
}
