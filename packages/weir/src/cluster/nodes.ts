import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { WeirError } from '@weirlb/model'
import { version } from '../version.ts'
import type { RefusedRevision } from './shared-config.ts'
import type { SharedRecord, SharedStore } from './shared-store.ts'

/** A node of the cluster. */
export interface NodeInfo {
  readonly name: string
  readonly version: string
  /** Number of the configuration's revision that it runs. */
  readonly revision: number
  /** Open connections of clients, some seconds ago. */
  readonly clients: number
  /** Seconds since it started. */
  readonly uptimeSeconds: number
  /** Seconds since it was last seen, on the store's clock. */
  readonly lastSeenSeconds: number
  /** A revision that it could not run; it keeps the one before. */
  readonly refused?: RefusedRevision | undefined
  /** Services that it probes for all. */
  readonly probes: number
  /** Its user vservers in defence mode, by worker. */
  readonly defending: readonly NodeDefending[]
  /** True for the node that answers. */
  readonly self: boolean
}

/** A user vserver in defence mode on a worker. `since`: in milliseconds since 1970 (UTC), on the node's clock. */
export interface NodeDefending {
  readonly userVserver: string
  readonly worker: number
  readonly reason: string
  readonly since: number
}

/** What a node says of itself. */
export interface NodeFigures {
  readonly revision: number
  readonly clients: number
  readonly refused?: RefusedRevision | undefined
  readonly probes: number
  readonly defending: readonly NodeDefending[]
}

/** A card as it is kept. `id` is of one life of the node. */
interface Card extends NodeFigures {
  readonly id: string
  readonly version: string
  readonly startedAt: number
  readonly uptimeMs: number
  readonly host: string
  readonly pid: number
}

/** A node, and which life of it. */
export interface NodeCard extends NodeInfo {
  /** Of this life. */
  readonly id: string
}

/** A node that says nothing for so long is gone. */
export const NODE_TTL_MS = 10_000
/** How often it says something. */
export const BEAT_MS = 2000
const KIND = 'node'
const POLL_MS = 500

/** The names of nodes in the shared store, each with one living process. */
export class Nodes {
  readonly name: string
  /** Of this life of the node: in holds of entries. */
  readonly id = randomBytes(6).toString('base64url').replaceAll(/[-_]/g, 'x')
  readonly #store: SharedStore
  readonly #startedAt = Date.now()
  readonly #begun = performance.now()
  #version = 0

  constructor (name: string, store: SharedStore) {
    this.name = name
    this.#store = store
  }

  /**
   * Take the name. One that a process has left behind is taken when that is certain: its process was of this machine
   * and is gone, or says nothing for ten seconds. Rejects with node-name-taken.
   */
  async join (figures: NodeFigures, wait: (ms: number) => Promise<void>): Promise<void> {
    let first: SharedRecord | undefined
    for (let waited = 0; !await this.beat(figures); waited += POLL_MS) {
      const found = (await this.#store.read(KIND)).find(({ name }) => name === this.name)
      if (found === undefined) continue
      first ??= found
      const card = cardOf(found)
      if (found.version !== first.version || waited > NODE_TTL_MS + POLL_MS) throw taken(this.name, card)
      if (
        card !== undefined && isGone(card) &&
        (await this.#store.write({ kind: KIND, name: this.name, value: undefined, expect: found.version })) !==
          undefined
      ) continue
      await wait(POLL_MS)
    }
  }

  /** Renew the card. False: the name is another process's. */
  async beat (figures: NodeFigures): Promise<boolean> {
    const card: Card = {
      ...figures,
      id: this.id,
      version,
      startedAt: this.#startedAt,
      uptimeMs: performance.now() - this.#begun,
      host: hostname(),
      pid: process.pid
    }
    const write = async (expect: number): Promise<number | undefined> =>
      await this.#store.write({ kind: KIND, name: this.name, value: JSON.stringify(card), expect, ttlMs: NODE_TTL_MS })
    // A store that was away for long, or has begun anew, has none.
    const written = await write(this.#version) ?? (this.#version === 0 ? undefined : await write(0))
    if (written !== undefined) this.#version = written
    return written !== undefined
  }

  async list (): Promise<NodeInfo[]> { return (await this.cards()).map(({ id: _, ...node }) => node) }

  /** Returns the nodes that live, by name. */
  async cards (): Promise<NodeCard[]> {
    const found: NodeCard[] = []
    for (const record of await this.#store.read(KIND)) {
      const card = cardOf(record)
      if (card === undefined) continue
      found.push({
        id: card.id,
        name: record.name,
        version: card.version,
        revision: card.revision,
        clients: card.clients,
        refused: card.refused,
        probes: card.probes,
        defending: card.defending,
        uptimeSeconds: (card.uptimeMs + record.ageMs) / 1000,
        lastSeenSeconds: record.ageMs / 1000,
        self: card.id === this.id
      })
    }
    return found.sort((one, two) => one.name < two.name ? -1 : 1)
  }

  /** Let the name go. */
  async leave (): Promise<void> {
    if (this.#version > 0)
      await this.#store.write({ kind: KIND, name: this.name, value: undefined, expect: this.#version })
    this.#version = 0
  }
}

const taken = (name: string, card: Card | undefined): WeirError =>
  new WeirError(
    'node-name-taken',
    `node: another process has the name '${name}' and is alive${
      card === undefined ? '' : `: process ${card.pid} on ${card.host}`
    }; give this one another --node NAME`
  )

const isGone = ({ host, pid }: Card): boolean => {
  if (host !== hostname() || pid === process.pid) return false
  try { process.kill(pid, 0) } catch (error) { return (error as NodeJS.ErrnoException).code === 'ESRCH' }
  return false
}

const isDefending = (value: unknown): value is NodeDefending => {
  const { userVserver, worker, reason, since } = (value ?? {}) as Partial<Record<keyof NodeDefending, unknown>>
  return typeof userVserver === 'string' && typeof worker === 'number' && typeof reason === 'string' &&
    typeof since === 'number'
}

/** A card that another program wrote is none. */
const cardOf = ({ value }: SharedRecord): Card | undefined => {
  try {
    const card = JSON.parse(value) as Card
    const fits = typeof card.id === 'string' && typeof card.version === 'string' && typeof card.host === 'string' &&
      [card.revision, card.clients, card.probes, card.uptimeMs, card.pid].every(each => typeof each === 'number') &&
      (card.refused === undefined ||
        (typeof card.refused.revision === 'number' && typeof card.refused.reason === 'string')) &&
      Array.isArray(card.defending) && card.defending.every(isDefending)
    return fits ? card : undefined
  } catch { return undefined }
}
