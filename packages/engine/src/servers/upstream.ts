import type { LinkError } from '@weirlb/link'
import type { CloseReason } from '@weirlb/model'
import type { ServiceRuntime } from '../balancing/service.ts'
import type { Outlet } from '../direction/outlet.ts'
import type { Direction, Judged, Onward } from '../direction/owner.ts'

/** The servers of a connection as the API and the log show them. */
export interface ServersView {
  readonly lbVserver: string | undefined
  readonly services: readonly string[]
  /** Session key as people read it, where there is one for the connection. */
  readonly session: string | undefined
  /** True when the connection holds this session, named as people read it. */
  holds (session: string): boolean
  /** True while this service serves the client. */
  uses (service: string): boolean
}

/**
 * The server side of one connection: which servers there are, what waits for them, and how their bytes come back.
 * `OneServer` has one for the connection's life, `ServerPerMessage` chooses one for each message. Its directions see it
 * as `Onward`.
 */
export interface Upstream extends Onward, ServersView {
  // ── bytes of our own ─────────────────────────────────────────────────────

  /** The stream to the client. */
  readonly toClient: Outlet
  /** The stream to the server that the message under inspection came from, or goes to; undefined: there is none. */
  toServer (judged: Judged | undefined): Outlet | undefined
  /**
   * Send these bytes on every link to a server before its first message, and now on those that had one. False: this
   * protocol has no greetings.
   */
  greet (bytes: Uint8Array): boolean

  // ── verdicts ─────────────────────────────────────────────────────────────

  /** The extension named a key of its own for the server, in its verdict on this direction's bytes. */
  rebind (key: string, judged: Judged | undefined): void
  /** The extension named a further key of the server. False: there are too many. */
  pinBeside (key: string): boolean
  /** The server refused the client for a reason of its own, in the verdict on this direction's bytes. */
  onRefused (why: string, judged: Judged | undefined): void
  /** All verdicts of a batch are applied. */
  batchEnd (): void
  /** The extension has room again. */
  hostReady (): void
  /** False if the extension's decisions need no guest any more: it may die. */
  readonly needsGuest: boolean
  /** True while the reply to a split message is not made. */
  readonly splitting: boolean
  /**
   * The extension is unavailable: forward all buffered and later bytes, to the current server or one that the method
   * alone chooses. False: that is impossible.
   */
  failOpen (): boolean

  /** The connection's server has sent its first byte, so long after the first message. */
  onFirstReply (ms: number): void

  // ── what happens ─────────────────────────────────────────────────────────

  /** The client has sent its last byte, and all of it was forwarded. */
  onClientEnded (): void
  /** A server's bytes cannot be framed. True: it is closed, and the client stays. */
  giveUp (from: Direction, why: string): boolean
  onServerClosed (from: Direction, error: LinkError | undefined): void
  /** A service went away or may have no clients. */
  onServiceGone (service: ServiceRuntime): void
  /** The monitors of a service failed. Its clients go where the LB vserver that chose it wants that. */
  onServiceDown (service: ServiceRuntime): void
  /** True while this service serves the client, by choice of this LB vserver, or of any. */
  isAt (service: ServiceRuntime, lbVserver: string | undefined): boolean
  /**
   * Let go of a service: the client is told to go, or the link to the service is closed. False: not now, it is owed
   * something; or the client is going already. `force`: it is owed nothing that would matter.
   */
  leaveService (service: ServiceRuntime, reason: CloseReason, force: boolean): boolean
  /** Messages of a server are being inspected. */
  readonly inspecting: boolean
  /** How much of a server's incomplete frame waits, in words; undefined if none does. */
  readonly incomplete: string | undefined
  /** Another number whenever a server has sent something, or has taken something that was sent to it. */
  readonly moved: number

  // ── the end ──────────────────────────────────────────────────────────────

  /**
   * Answer a message that ends the connection once all earlier ones have been sent, and the earlier requests are
   * answered; `onTurn` follows. False: nothing must precede it.
   */
  refuseInTurn (reply: Uint8Array | undefined): boolean
  /** Pass on whatever was decided: the connection is about to end. */
  passDecided (): void
  /** The connection is ending: pending servers are not needed. */
  cancel (): void
  /** Close what is open; `reset`: at once. */
  close (reset: boolean): void
  /** Every message of the client has been given to the link of its server. */
  readonly delivered: boolean
  /** No message of the client can reach a server any more. */
  readonly unreachable: boolean
  /** No link to a server is open. */
  readonly gone: boolean
  /** Everything is closed: count it and release services and sessions. */
  leave (): void
}
