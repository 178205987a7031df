import { keyToText } from '@weirlb/engine'
import { tableParts } from '@weirlb/model'
import type { DataPlane } from '../data-plane.ts'
import type { LeveledLog } from '../log.ts'

/** More keys that are misled at one time are looked for among all connections. */
const FEW = 8
const MISLED_MS = 50

interface Misled { readonly session: string, readonly service: string }

/** Clients of one key must not be at two servers: those that are not where all nodes have agreed on are closed. */
export class MisledClients {
  readonly #log: LeveledLog
  #plane: Pick<DataPlane, 'connections' | 'kill'> | undefined
  #misled: Misled[] = []

  constructor (log: LeveledLog) { this.#log = log }

  start (plane: Pick<DataPlane, 'connections' | 'kill'>): void { this.#plane = plane }

  /** Clients of a key are at a service where it no longer leads. */
  add (table: string, key: string, service: string): void {
    // Keys of other types are many clients' together: those that are there stay.
    if (tableParts(table).type !== 'user-session') return
    if (this.#misled.length === 0) setTimeout(() => { void this.#close() }, MISLED_MS).unref()
    this.#misled.push({ session: keyToText(key), service })
  }

  async #close (): Promise<void> {
    const misled = this.#misled
    this.#misled = []
    const plane = this.#plane
    if (plane === undefined) return
    try {
      const found = misled.length > FEW
        ? await plane.connections({})
        : (await Promise.all(misled.map(async each => await plane.connections(each)))).flat()
      const wrong = new Set(misled.map(({ session, service }) => `${service} ${session}`))
      for (const { id, service, session } of found)
        if (session !== undefined && wrong.has(`${service} ${session}`)) await plane.kill(id)
    } catch (error) {
      this.#log.warn({ error: (error as Error).message }, 'clients that another node has led elsewhere were not closed')
    }
  }
}
