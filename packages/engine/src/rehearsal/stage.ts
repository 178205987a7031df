import type { CloseReason, UserVserver } from '@weirlb/model'
import { type ByteLink, ByteMeter, type ClientFacts, type ServerLayer, type Transport } from '@weirlb/link'
import type { Guest } from '@weirlb/sdk/abi'
import type { Routing } from '../balancing/routing.ts'
import type { Geo } from '../geo/geo.ts'
import type { VserverRules } from '../gate/rule-book.ts'
import { type RuleMatches, unwatched } from '../gate/rule-watch.ts'
import type { Recorded } from '../connection/record.ts'
import type { AnswerReader } from '../extension/answer.ts'
import { MemoryLink, type MemoryLinkEvents } from './memory-link.ts'
import { quiet } from './quiet.ts'
import { type RehearsalFront, Rehearsal } from './rehearsal.ts'
import { RehearsedGuest } from './rehearsed-guest.ts'
import { type RehearsedExtension, RehearsedHost } from './rehearsed-host.ts'
import { Ticks } from './ticks.ts'

/** Longer than any rehearsal: its only time is the time of its guest. */
const NEVER_SECONDS = 3600

/** TLS on a link in memory, whose bytes are those inside of it: the handshake is done at once. */
const rehearsedTls = ({ tlsSession: _, ...facts }: Partial<ClientFacts>): ServerLayer => ({
  name: 'tls',
  open (below, client, events) {
    below.peer = Object.assign(client, { tlsVersion: 'TLSv1.3' }, facts)
    events.onOpen(below)
    return { cancel () {} }
  }
})

/** The configuration of a rehearsal: its user vserver, and the routing of its clients. */
export interface StageOptions {
  readonly config: UserVserver
  readonly routing: Routing
}

/**
 * A user vserver without a network. Rehearsals run on it one after the other with one guest and one host, so a property
 * test pays for a connection only.
 */
export class Stage implements RehearsalFront {
  readonly index = 0
  readonly worker = 0
  readonly meter = new ByteMeter()
  readonly log = quiet
  readonly records = undefined
  readonly ticks: Ticks
  readonly guest: RehearsedGuest
  readonly host: RehearsedHost
  readonly name: string
  readonly config: UserVserver
  readonly routing: Routing
  readonly transport: Pick<Transport, 'dial'>
  tlsLayers: readonly ServerLayer[] = []
  rules: VserverRules | undefined = undefined
  ruleMatches: RuleMatches = unwatched
  geo: Geo | undefined = undefined
  trusts: ((client: ClientFacts) => boolean) | undefined = undefined
  /** Returns why a client with this session key is refused; undefined: none is. */
  refusedKey: ((key: string, client: ClientFacts) => string | undefined) | undefined = undefined
  /** The present rehearsal. */
  #rehearsal: Rehearsal<unknown> | undefined
  #played = 0

  constructor (options: StageOptions, extension: RehearsedExtension, guest: Guest, ticks: Ticks = new Ticks()) {
    this.ticks = ticks
    const { config, routing } = options
    this.name = config.name
    const limits = {
      ...config.limits,
      firstMessageTimeoutSeconds: NEVER_SECONDS,
      halfClosedTimeoutSeconds: NEVER_SECONDS,
      idleTimeoutSeconds: 0,
      serverIdleTimeoutSeconds: 0
    }
    // What is sent to a server is seen at once.
    this.config = { ...config, limits, serverLinks: 'own' }
    this.routing = routing
    this.guest = new RehearsedGuest(guest, ticks)
    this.host = new RehearsedHost(extension, this.guest, ticks)
    this.transport = {
      // A server is connected at once: bytes forwarded before the end of the connection have arrived, wherever the
      // stream is split.
      dial: (_options, sink) => {
        sink.onConnected(this.#rehearsal!.openServer())
        return { cancel () {} }
      }
    }
  }

  /** Facts of the clients that start TLS inside the protocol; undefined: they cannot. */
  set startTls (facts: Partial<ClientFacts> | undefined) {
    this.tlsLayers = facts === undefined ? [] : [rehearsedTls(facts)]
  }

  sampledTimes (): undefined {}
  onServiceFailed (): void {}
  onFirstMessage (): void {}
  onConnected (): void {}
  onFirstReply (): void {}
  onMessage (): void {}
  onAnswered (): void {}
  keyRefusal (session: string, { peer }: ByteLink): string | undefined { return this.refusedKey?.(session, peer) }
  onEstablished (): void {}

  onConnectionClosed (_connection: Recorded, reason: CloseReason, detail: string): void {
    this.#rehearsal!.transcript.closed = { reason, detail }
  }

  link (events: MemoryLinkEvents, peer?: ClientFacts): MemoryLink {
    return new MemoryLink(events, peer, this.ticks.soon)
  }

  /**
   * Begins a rehearsal with a new client. `read` returns the transcript's form of an answer. The previous rehearsal
   * must have ended.
   */
  rehearse<T> (client: ClientFacts, read: (answer: AnswerReader) => T): Rehearsal<T> {
    const rehearsal = new Rehearsal<T>(this, ++this.#played, client, read)
    this.#rehearsal = rehearsal as Rehearsal<unknown>
    rehearsal.begin()
    return rehearsal
  }

  dispose (): void { this.host.dispose() }
}
