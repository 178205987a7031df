import type { Nodes } from '@weirlb/admin/client'

/** A node, as the API describes it. */
export type NodeCard = Nodes['items'][number]

/**
 * How a node is, as one looks at it from another:
 *
 * - `refuses`: it cannot run a revision of the cluster, and keeps the one before.
 * - `silent`: it has missed two of its reports.
 * - `behind`: for some time it has run an older revision than others; for a moment, it is `catching up`.
 * - `gone`: it was there, and is not any more.
 */
export type NodeState = 'up' | 'refuses' | 'silent' | 'behind' | 'catching up' | 'gone'

/** A node, and how it is. */
export interface NodeRow extends NodeCard {
  readonly state: NodeState
  /** Why; empty if there is nothing to say. */
  readonly reason: string
}

/** A node reports every two seconds. */
const SILENT_SECONDS = 5
/** Others show a revision in their next report: who runs an older one for so long does not follow. */
const BEHIND_MS = 10_000
/** Nodes that are gone and are still shown. */
const MAX_GONE = 20

/** What one answer about the nodes does not have: since when a node is behind, and which have gone. */
export class NodeWatch {
  readonly #shared: boolean
  readonly #behind = new Map<string, number>()
  readonly #seen = new Map<string, { readonly card: NodeCard, readonly at: number }>()

  /** `shared`: the nodes have one configuration, so that their revisions compare. */
  constructor (shared: boolean) { this.#shared = shared }

  /**
   * Take an answer, at a time in milliseconds of any clock that runs. Returns all nodes by name, those that are gone
   * too.
   */
  see (nodes: readonly NodeCard[], now: number): readonly NodeRow[] {
    const newest = Math.max(...nodes.map(({ revision }) => revision))
    const rows: NodeRow[] = []
    for (const card of nodes) {
      this.#seen.set(card.name, { card, at: now })
      if (!this.#shared || card.revision >= newest) this.#behind.delete(card.name)
      else if (!this.#behind.has(card.name)) this.#behind.set(card.name, now)
      rows.push({ ...card, ...this.#stateOf(card, newest, now) })
    }
    const here = new Set(nodes.map(({ name }) => name))
    const gone = [...this.#seen].filter(([name]) => !here.has(name))
    for (const [name] of gone.slice(0, Math.max(0, gone.length - MAX_GONE))) this.#seen.delete(name)
    for (const [name, { card, at }] of gone.slice(-MAX_GONE)) {
      this.#behind.delete(name)
      rows.push({
        ...card,
        clients: 0,
        lastSeenSeconds: card.lastSeenSeconds + (now - at) / 1000,
        state: 'gone',
        reason: 'It has left, or has said nothing for ten seconds.'
      })
    }
    return rows.sort((one, two) => one.name < two.name ? -1 : 1)
  }

  #stateOf (
    { name, revision, refused, lastSeenSeconds }: NodeCard,
    newest: number,
    now: number
  ): { readonly state: NodeState, readonly reason: string } {
    if (refused !== undefined)
      return {
        state: 'refuses',
        reason: `It cannot run revision ${refused.revision}, and keeps ${revision}: ${refused.reason}`
      }
    if (lastSeenSeconds >= SILENT_SECONDS)
      return { state: 'silent', reason: 'It has not reported; after ten seconds it counts as gone.' }
    const since = this.#behind.get(name)
    if (since === undefined) return { state: 'up', reason: '' }
    return {
      state: now - since >= BEHIND_MS ? 'behind' : 'catching up',
      reason: `It runs revision ${revision}; the newest is ${newest}.`
    }
  }
}
