import type { LinkError } from '@weirlb/link'
import type { AnswerReader } from '../extension/answer.ts'
import type { ServiceStats } from '../stats/stats.ts'
import type { ServiceRuntime } from '../balancing/service.ts'
import type { Inlet, Side } from '../direction/inlet.ts'
import type { JudgedInlet } from '../direction/judged-inlet.ts'

/**
 * The server side of one connection: which servers there are, what waits for them, and how their bytes come back.
 * `OneServer` has one for the connection's life, `ServerPerMessage` chooses one for each message.
 */
export interface Upstream {
  /** Bytes of a server have gone to the client. */
  readonly answered: boolean
  /** It is known where a server's bytes stand between two messages. */
  readonly knowsBoundaries: boolean
  /** No link to a server is open. */
  readonly gone: boolean
  /** What the extension decided holds without it: its guest may die. */
  readonly needsGuest: boolean
  /** Bytes of servers that wait for verdicts. */
  readonly heldBytes: number
  /** As the API and the log show it. */
  readonly lbVserver: string | undefined
  readonly services: readonly string[]
  /** Session key as people read it, where there is one for the connection. */
  readonly session: string | undefined
  /** True when the connection holds this session, named as people read it. */
  holds (session: string): boolean
  /** A direction may be piped: where its bytes go does not change any more. */
  readonly mayPipe: boolean

  // ── bytes and messages ───────────────────────────────────────────────────

  /** False: no more messages of the client now, beside those that are being judged; its flow is advanced when there is room. */
  mayTake (undecided: number): boolean
  /** A message of this length is about to go on; `answer` has its keys, when anybody was asked about it. The bytes that are passed on next belong to it. */
  onForward (from: Inlet, answer: AnswerReader | undefined, length: number): void
  /** Pass on bytes of the client. False: stop reading it. */
  passOn (bytes: Uint8Array, owned: boolean): boolean
  /** Pass bytes of a server to the client. False: stop reading that server. */
  passBack (from: Inlet, bytes: Uint8Array, owned: boolean): boolean
  /** A side has asked the extension about a server's message. */
  onAsked (from: Inlet): void
  /** What the next verdict on bytes of this side is for. */
  judged (side: Side): JudgedInlet | undefined
  /** The verdict that has just been applied ends the looking, on both sides. */
  onTunnel (): void
  /** Nobody can be asked any more: pass on all that is here and all that comes, to the server there is or one that the method alone chooses. False: that cannot be. */
  failOpen (): boolean
  /** What one read or one batch brought has been passed on: write it. */
  flush (): void
  /** All verdicts of a batch are applied. */
  batchEnd (): void
  /** The extension has room again. */
  hostReady (): void
  /** Pass on whatever was decided: the connection is about to end. */
  passDecided (): void

  // ── bytes that no peer has sent ──────────────────────────────────────────

  /** Queue bytes to the peer of a side's stream; they go out when that stands between two messages. */
  interject (side: Side, bytes: Uint8Array): void
  /** Tell these bytes to every link to a server before its first message, and to those that had one now. False: this protocol has no greetings. */
  greet (bytes: Uint8Array): boolean
  /** The message of a server that comes behind so many undecided ones may answer a greeting: nobody is asked about that one. */
  mayAnswerGreeting (from: Inlet, undecided: number): boolean
  /** The last bytes to the client: nothing follows them. */
  lastWords (bytes: Uint8Array): void
  /** Answer a message that ends the connection after all that was asked before it; `onTurn` follows. False: nothing is to come before it. */
  rejectInTurn (reply: Uint8Array | undefined): boolean
  /** Bytes wait for that. */
  waitsForBoundary (side: Side): boolean
  /** This stream stands between two messages. */
  onBoundary (from: Inlet): void

  // ── what happens ─────────────────────────────────────────────────────────

  /** The extension named a key of its own for the server. */
  rebind (key: string): void
  /** A direction needs no looking at any more, or has passed on the message that it waited for. */
  onPiped (): void
  /** The client, or the server behind an inlet, takes bytes again. */
  onDrained (inlet: Inlet): void
  /** The client has sent its last byte, and all of it was passed on. */
  onClientEnded (): void
  /** A server has sent its last byte, and all of it was passed on. */
  onServerEnded (inlet: Inlet): void
  onServerClosed (inlet: Inlet, error: LinkError | undefined): void
  /** A service went away or may have no clients. */
  onServiceGone (service: ServiceRuntime): void

  // ── the end ──────────────────────────────────────────────────────────────

  /** The connection is ending: nobody waits for servers that are not there yet. */
  cancel (): void
  /** Close what is open; `reset`: at once. */
  close (reset: boolean): void
  /** Everything is closed: count it and let go of services and sessions. */
  leave (): void
  /** True while this service serves the client. */
  uses (service: string): boolean
  /** Add the bytes of live links to the services' counters. */
  addLive (services: Readonly<Record<string, ServiceStats>>): void
}
