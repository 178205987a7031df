import type { ClientFacts } from '@weirlb/link'
import type { AnswerReader } from '../extension/answer.ts'
import { Connection } from '../connection/connection.ts'
import type { GoodbyeReason } from '../connection/goodbye-reason.ts'
import type { Front } from '../connection/front.ts'
import type { MemoryLink, MemoryLinkEvents } from './memory-link.ts'
import type { RehearsedGuest } from './rehearsed-guest.ts'
import type { RehearsedHost } from './rehearsed-host.ts'
import type { Ticks } from './ticks.ts'
import { Transcript } from './transcript.ts'

const copyOf = (bytes: Uint8Array, owned: boolean): Uint8Array => owned ? bytes : Uint8Array.from(bytes)

/** What a rehearsal needs of where it is played. */
export interface Playhouse extends Front {
  readonly ticks: Ticks
  readonly guest: RehearsedGuest
  readonly host: RehearsedHost
  link (events: MemoryLinkEvents, peer?: ClientFacts): MemoryLink
}

/**
 * One connection that is played for nobody: the real one, between links in memory. What is said on both sides is up to whoever plays it; what becomes of that
 * stands in the transcript.
 */
export class Rehearsal<T> {
  readonly transcript: Transcript<T>
  readonly connection: Connection
  readonly #stage: Playhouse
  readonly #client: MemoryLink
  readonly #servers: MemoryLink[] = []

  constructor (stage: Playhouse, number: number, client: ClientFacts, read: (answer: AnswerReader) => T) {
    this.#stage = stage
    this.transcript = new Transcript(read)
    const { returned } = this.transcript
    this.#client = stage.link({ onWritten: (_link, bytes, owned) => { returned.push(copyOf(bytes, owned)) } }, client)
    this.connection = new Connection(number, stage, stage.host, this.#client)
  }

  /** The client is there. */
  begin (): void {
    const { host, guest } = this.#stage
    host.transcript = this.transcript as Transcript<unknown>
    guest.crossings = 0
    guest.failure = undefined
    host.account.joined()
    this.connection.start()
  }

  /** A server takes what it is given at once, and says no more when the client does. */
  openServer (): MemoryLink {
    const { forwarded } = this.transcript
    const server = this.#stage.link({
      onWritten: (_link, bytes, owned) => { forwarded.push(copyOf(bytes, owned)) },
      onEnded: link => { this.#stage.ticks.soon(() => { link.ends() }) }
    })
    this.#servers.push(server)
    return server
  }

  /** A server is there. */
  get hasServer (): boolean { return this.#servers.length > 0 }
  /** The connection is ending, or gone. */
  get isOver (): boolean { return this.connection.ending }

  clientSays (bytes: Uint8Array): void { this.#client.says(bytes) }
  clientEnds (): void { this.#client.ends() }
  /** The server that came last says something. */
  serverSays (bytes: Uint8Array): void { this.#servers.at(-1)?.says(bytes) }

  /** Make as many messages of the client pass as a server is to answer; nobody is asked about them, and they have no bytes. */
  pretendMessages (count: number): void {
    for (let n = 0; n < count; n++) this.connection.upstream.begin(this.connection.clientInlet, undefined, 0)
    this.connection.upstream.flush()
  }

  /** Turn the loop until nothing is due. Throws a TypeError when an answer is still to come: the guest is on a thread. */
  settle (): void {
    const { ticks } = this.#stage
    while (ticks.isDue) ticks.turn()
    if (ticks.awaits) throw new TypeError('drive needs a guest that answers at once (mode loop)')
    this.#note()
  }

  /** Turn the loop, and wait for answers from outside, until there is nothing to wait for or `goesOn` says no. */
  async play (goesOn: () => boolean): Promise<void> {
    const { ticks } = this.#stage
    while ((ticks.isDue || ticks.awaits) && goesOn()) {
      await ticks.next()
      ticks.turn()
    }
    this.#note()
  }

  /** What waits for a peer that says nothing more, waits no longer: a refusal for its turn, a goodbye for the end of a frame. */
  stopWaiting (): void {
    const { connection, transcript } = this
    if (transcript.closed === undefined && (connection.ending || connection.endsInTurn)) connection.onDeadline()
  }

  /** Ask for a goodbye without ending the connection. The answer is the transcript's once the loop has turned. */
  askGoodbye (reason: GoodbyeReason): void {
    const { connection, transcript } = this
    transcript.goodbye = undefined
    if (!connection.upstream.toClient.saidLast) this.#stage.host.submitGoodbye(connection, reason, connection.upstream.answered)
  }

  #note (): void {
    const { transcript } = this
    const { guest, host } = this.#stage
    transcript.crossings = guest.crossings
    transcript.failure = guest.failure
    Object.assign(transcript.counters, host.account.stats.counters)
  }

  /** The client leaves, and the stage is free for the next rehearsal. The guest is told nothing. */
  end (): void {
    const { host, ticks } = this.#stage
    const { counters } = host.account.stats
    this.connection.destroy()
    host.letGo(this.connection)
    host.account.left(false)
    while (ticks.isDue) ticks.turn()
    for (const name of Object.keys(counters)) delete counters[name]
  }
}

