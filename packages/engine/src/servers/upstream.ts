import type { LinkError } from '@weirlb/link'
import type { ServiceRuntime } from '../balancing/service.ts'
import type { Direction, Judged, Onward } from '../direction/owner.ts'

/**
 * The server side of one connection: which servers there are, what waits for them, and how their bytes come back.
 * `OneServer` has one for the connection's life, `ServerPerMessage` chooses one for each message.
 */
export interface Upstream extends Onward {
  /** It is known where a server's bytes stand between two messages. */
  readonly knowsBoundaries: boolean
  /** The client has been told the last there is to be told, and all of it: nothing of ours may follow. */
  readonly saidLast: boolean
  /** No link to a server is open. */
  readonly gone: boolean
  /** Another number whenever a server has sent something, or has taken something that was sent to it. */
  readonly moved: number
  /** Every message of the client has been given to the link of its server. */
  readonly delivered: boolean
  /** No message of the client can reach a server any more. */
  readonly unreachable: boolean
  /** What the extension decided holds without it: its guest may die. */
  readonly needsGuest: boolean
  /** As the API and the log show it. */
  readonly lbVserver: string | undefined
  readonly services: readonly string[]
  /** Session key as people read it, where there is one for the connection. */
  readonly session: string | undefined
  /** True when the connection holds this session, named as people read it. */
  holds (session: string): boolean

  // ── bytes and messages ───────────────────────────────────────────────────

  /** Nobody can be asked any more: pass on all that is here and all that comes, to the server there is or one that the method alone chooses. False: that cannot be. */
  failOpen (): boolean
  /** All verdicts of a batch are applied. */
  batchEnd (): void
  /** The extension has room again. */
  hostReady (): void
  /** Pass on whatever was decided: the connection is about to end. */
  passDecided (): void

  // ── bytes that no peer has sent ──────────────────────────────────────────

  /** Queue bytes of our own to the client; they go out when its stream stands between two messages. */
  toClient (bytes: Uint8Array): void
  /** Queue bytes of our own to the server that the message under inspection came from, or goes to; they go out between two messages. */
  toServer (bytes: Uint8Array, judged: Judged | undefined): void
  /** Tell these bytes to every link to a server before its first message, and to those that had one now. False: this protocol has no greetings. */
  greet (bytes: Uint8Array): boolean
  /** The last bytes to the client: nothing follows them. */
  lastWords (bytes: Uint8Array): void
  /**
   * Answer a message that ends the connection when all before it have gone to their servers, and what was asked before it is answered; `onTurn` follows.
   * False: nothing is to come before it.
   */
  rejectInTurn (reply: Uint8Array | undefined): boolean

  // ── what happens ─────────────────────────────────────────────────────────

  /** The extension named a key of its own for the server, in its verdict on this direction's bytes. */
  rebind (key: string, judged: Judged | undefined): void
  /** The client has sent its last byte, and all of it was passed on. */
  onClientEnded (): void
  onServerClosed (from: Direction, error: LinkError | undefined): void
  /** A service went away or may have no clients. */
  onServiceGone (service: ServiceRuntime): void
  /** The monitors of a service failed. Its clients go where the LB vserver that chose it wants that. */
  onServiceDown (service: ServiceRuntime): void

  // ── the end ──────────────────────────────────────────────────────────────

  /** The connection is ending: nobody waits for servers that are not there yet. */
  cancel (): void
  /** Close what is open; `reset`: at once. */
  close (reset: boolean): void
  /** Everything is closed: count it and let go of services and sessions. */
  leave (): void
  /** True while this service serves the client. */
  uses (service: string): boolean
}
