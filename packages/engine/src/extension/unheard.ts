import { Event, type Declaration } from '@weirlb/sdk/abi'
import type { Batch } from './batch.ts'
import type { GuestClient } from './guest-client.ts'
import type { Question } from './question.ts'

/** What a guest knew when it died. */
export interface Died {
  readonly declaration: Declaration
  readonly clients: readonly (GuestClient | undefined)[]
  readonly inFlight: Batch | undefined
  readonly gathering: Batch
  /** The request in flight that it died of; -1: it may have been any. */
  readonly at: number
  /** Who waits for last words. */
  readonly leaving: readonly GuestClient[]
}

/** A guest that is made anew can serve a connection whose extension keeps nothing of it, and has nothing to say when it comes. */
const isStateless = ({ hooks, client, server }: Declaration): boolean =>
  !hooks.state && !hooks.connect && client.kind === 'messages' && server?.kind !== 'stream'

/**
 * Connections that lose nothing with a guest: those that it never heard of, and all of a stateless protocol. Not among them: whoever it died of, and those that have
 * been asked for their last words.
 */
const sparedBy = ({ declaration, clients, inFlight, gathering, at, leaving }: Died): Set<GuestClient> => {
  const spared = new Set<GuestClient>()
  if (isStateless(declaration)) for (const client of clients) if (client !== undefined) spared.add(client)
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

/** Questions of spared connections, in the order in which they were asked, for the guest that comes next. */
export class Unheard {
  #questions: Question[] = []

  get isEmpty (): boolean { return this.#questions.length === 0 }

  /** Keep what the dead guest has not heard; returns whose connections live on. */
  keep (died: Died): Set<GuestClient> {
    const spared = sparedBy(died)
    const take = (batch: Batch, from: number): void => {
      for (let i = from; i < batch.count; i++) {
        const client = batch.clients[i]
        if (client === undefined || !spared.has(client)) continue
        const event = batch.events[i]!
        if (event === Event.open || event === Event.message || event === Event.data) this.#questions.push(batch.question(i, client))
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

  /** Hand the questions to `ask` in order, until it has no room. */
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
