import { Event, type Declaration } from '@weirlb/sdk/abi'
import type { Batch } from './batch.ts'
import type { GuestClient } from './guest-client.ts'
import type { Question } from './question.ts'

/** The state of a guest at its death. */
export interface Died {
  readonly declaration: Declaration
  readonly clients: readonly (GuestClient | undefined)[]
  readonly inFlight: Batch | undefined
  readonly gathering: Batch
  /** The request in flight that it died of; -1: it may have been any. */
  readonly at: number
  /** Connections that wait for a goodbye. */
  readonly leaving: readonly GuestClient[]
}

/**
 * True if a fresh guest can serve existing connections: the extension keeps no state of them and has no `onConnect`.
 */
const isStateless = ({ hooks, client, server }: Declaration): boolean =>
  !hooks.state && !hooks.connect && client.kind === 'messages' && server?.kind !== 'stream'

/**
 * Returns the connections that lose nothing with a guest: those it had not seen yet, and all of a stateless protocol.
 * Excluded are the connection that killed it, and those that wait for a goodbye.
 */
const sparedBy = ({ declaration, clients, inFlight, gathering, at, leaving }: Died): Set<GuestClient> => {
  const spared = new Set<GuestClient>()
  if (isStateless(declaration)) for (const client of clients) if (client?.splitting === false) spared.add(client)
  const suspects: (GuestClient | undefined)[] = [...leaving]
  const look = (batch: Batch, from: number): void => {
    for (let i = from; i < batch.count; i++) {
      const client = batch.clients[i]
      if (client !== undefined && batch.events[i] === Event.open) spared.add(client)
      else if (batch.events[i] === Event.goodbye) suspects.push(client)
    }
  }
  if (inFlight !== undefined) {
    if (at < 0) suspects.push(...inFlight.clients.slice(0, inFlight.count))
    else if (at < inFlight.count) suspects.push(inFlight.clients[at])
    look(inFlight, Math.max(0, at))
  }
  look(gathering, 0)
  for (const client of suspects) if (client !== undefined) spared.delete(client)
  return spared
}

/** Requests of spared connections, in their order, for the next guest. */
export class Unheard {
  #questions: Question[] = []

  get isEmpty (): boolean { return this.#questions.length === 0 }

  /** Keep the requests that the dead guest did not run. Returns the surviving connections. */
  keep (died: Died): Set<GuestClient> {
    const spared = sparedBy(died)
    const take = (batch: Batch, from: number): void => {
      for (let i = from; i < batch.count; i++) {
        const client = batch.clients[i]
        if (client === undefined || !spared.has(client)) continue
        const event = batch.events[i]!
        if (event === Event.open || event === Event.message || event === Event.data)
          this.#questions.push(batch.question(i, client))
      }
    }
    if (died.inFlight !== undefined && died.at >= 0) take(died.inFlight, died.at + 1)
    take(died.gathering, 0)
    return spared
  }

  /** The connection is over. */
  forget (client: GuestClient): void {
    if (this.#questions.length > 0) this.#questions = this.#questions.filter(question => question.client !== client)
  }

  /** Pass the requests to `ask` in order, until it has no room. */
  replay (ask: (question: Question) => boolean): void {
    let n = 0
    while (n < this.#questions.length && ask(this.#questions[n]!)) n++
    this.#questions.splice(0, n)
  }

  /** There is to be no next guest soon: whose questions they were. */
  giveUp (): Set<GuestClient> {
    const clients = new Set(this.#questions.map(({ client }) => client))
    this.#questions = []
    return clients
  }
}
