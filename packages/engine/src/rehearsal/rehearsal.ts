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

/** A rehearsal's interface of its stage. */
export interface RehearsalFront extends Front {
  readonly ticks: Ticks
  readonly guest: RehearsedGuest
  readonly host: RehearsedHost
  link (events: MemoryLinkEvents, peer?: ClientFacts): MemoryLink
}

/**
 * One real connection between links in memory. The caller decides what both peers send, and turns the loop:
 *
 *   begin ──► clientSays, serverSays, … ◄──► settle, or play ──► end
 *
 * The transcript has what became of it.
 */
export class Rehearsal<T> {
  readonly transcript: Transcript<T>
  readonly connection: Connection
  readonly #stage: RehearsalFront
  readonly #client: MemoryLink
  readonly #servers: MemoryLink[] = []

  constructor (stage: RehearsalFront, number: number, client: ClientFacts, read: (answer: AnswerReader) => T) {
    this.#stage = stage
    this.transcript = new Transcript(read)
    const { returned } = this.transcript
    this.#client = stage.link({ onWritten: (_link, bytes, owned) => { returned.push(copyOf(bytes, owned)) } }, client)
    this.connection = new Connection(number, stage, stage.host, this.#client)
  }

  /** Starts the connection. */
  begin (): void {
    const { host, guest } = this.#stage
    host.transcript = this.transcript as Transcript<unknown>
    guest.crossings = 0
    guest.failure = undefined
    host.account.joined()
    this.connection.start()
  }

  /** Returns a link to a new server. The server accepts every byte at once, and ends when the client has ended. */
  openServer (): MemoryLink {
    const { forwarded } = this.transcript
    const server = this.#stage.link({
      onWritten: (_link, bytes, owned) => { forwarded.push(copyOf(bytes, owned)) },
      onEnded: link => { this.#stage.ticks.soon(() => { link.ends() }) }
    })
    this.#servers.push(server)
    return server
  }

  /** True once a server is connected. */
  get hasServer (): boolean { return this.#servers.length > 0 }
  /** True while the connection is ending, and afterwards. */
  get isOver (): boolean { return this.connection.ending }

  clientSays (bytes: Uint8Array): void { this.#client.says(bytes) }
  clientEnds (): void { this.#client.ends() }
  /** Sends bytes of the server that was connected last. */
  serverSays (bytes: Uint8Array): void { this.#servers.at(-1)?.says(bytes) }

  /**
   * Forwards `count` empty messages of the client without inspection, so that a server is connected and has something
   * to reply to.
   */
  pretendMessages (count: number): void {
    for (let n = 0; n < count; n++) this.connection.upstream.begin(this.connection.clientInlet, undefined, 0)
    this.connection.upstream.flush()
  }

  /** Turns the loop until no call waits. Throws a TypeError if the guest completes later, from a thread. */
  settle (): void {
    const { ticks } = this.#stage
    while (ticks.isDue) ticks.turn()
    if (ticks.awaits) throw new TypeError('drive needs a guest that answers at once (mode loop)')
    this.#note()
  }

  /** Turns the loop and awaits outside answers, until there are none or `goesOn` returns false. */
  async play (goesOn: () => boolean): Promise<void> {
    const { ticks } = this.#stage
    while ((ticks.isDue || ticks.awaits) && goesOn()) {
      await ticks.next()
      ticks.turn()
    }
    this.#note()
  }

  /** Ends a wait for peers that send nothing more: of a refusal for its turn, of a goodbye for the end of a frame. */
  stopWaiting (): void {
    const { connection, transcript } = this
    if (transcript.closed === undefined && (connection.ending || connection.endsInTurn)) connection.onDeadline()
  }

  /** Requests a goodbye without ending the connection. The transcript has the answer after the next turns. */
  askGoodbye (reason: GoodbyeReason): void {
    const { connection, transcript } = this
    transcript.goodbye = undefined
    const { host } = this.#stage
    if (!connection.upstream.toClient.saidLast && host.introduce(connection, connection.client.bytesRead > 0))
      host.callsAbout(connection)?.addGoodbye(connection, reason, connection.upstream.answered)
  }

  #note (): void {
    const { transcript } = this
    const { guest, host } = this.#stage
    transcript.crossings = guest.crossings
    transcript.failure = guest.failure
    Object.assign(transcript.counters, host.account.stats.counters)
  }

  /** Ends the connection and frees the stage. The guest receives no close. */
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

