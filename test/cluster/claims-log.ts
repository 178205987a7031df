/** A time in which the documentation permits that a key is at two servers. Milliseconds on one clock. */
export interface Window { readonly from: number, readonly to: number }

/** A connection: when it asked, and from when on it was at a server. */
export interface Stay {
  readonly service: string
  readonly node: string
  readonly asked: number
  readonly from: number
}

/** A key at two servers at one time. */
export interface Overlap {
  readonly key: string
  readonly stays: readonly [Stay, Stay]
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

  /** `asked`: when the client came; `at`: when its server has answered. */
  connected (key: string, id: string, node: string, service: string, at: number, asked = at): void {
    this.connects++
    const open = this.#open.get(key) ?? new Map<string, Stay>()
    this.#open.set(key, open.set(id, { service, node, asked, from: at }))
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
          stays: [stay, other],
          from: Math.max(stay.from, other.from),
          to: at
        })
  }

  /** Close what is open, and judge the overlaps: `permits` has the windows of each. */
  check<W extends Window> (permits: (overlap: Overlap) => readonly W[], slackMs: number, now: number): Checked<W> {
    for (const [key, open] of [...this.#open]) for (const id of [...open.keys()]) this.closed(key, id, now)
    const excused: { overlap: Overlap, windows: readonly W[] }[] = []
    const short: Overlap[] = []
    const found: Overlap[] = []
    for (const overlap of this.#overlaps) {
      const windows = permits(overlap)
      const left = outside(overlap.from, overlap.to, windows)
      if (left > slackMs) found.push(overlap)
      else if (left > 0) short.push(overlap)
      else excused.push({ overlap, windows })
    }
    return { found, short, excused }
  }
}

/** The overlaps of a run. */
export interface Checked<W> {
  /** They last longer outside of all windows than a client takes to be closed. */
  readonly found: readonly Overlap[]
  /** They last no longer than that. */
  readonly short: readonly Overlap[]
  /** All of them is within windows. */
  readonly excused: readonly { readonly overlap: Overlap, readonly windows: readonly W[] }[]
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
