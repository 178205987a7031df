// The server side's interface to the rooms above it: the client, its protocol's declaration, and its entry.
import type { CloseReason, UserVserver, ServiceFailure } from '@weirlb/model'
import type { ByteLink, LinkError, Transport } from '@weirlb/link'
import type { Declaration } from '@weirlb/sdk/abi'
import type { Routing } from '../balancing/routing.ts'
import type { Phase } from './phase.ts'
import type { Inlet } from '../direction/inlet.ts'
import type { Asker } from '../extension/asker.ts'
import type { Owner } from '../direction/owner.ts'
import type { ArrivalTimes, FirstTimes } from './first-times.ts'
import type { ProtocolSpec } from '../framing/spec.ts'
import type { Log } from '../log.ts'

/** The user vserver as a connection's servers see it. */
export interface Entrance extends ArrivalTimes {
  readonly name: string
  readonly config: UserVserver
  readonly transport: Pick<Transport, 'dial' | 'soon'>
  readonly log: Log
  /** Leads clients to LB vservers. */
  readonly routing: Routing
  onServiceFailed (service: string, failure: ServiceFailure, message: string): void
  /** Returns why a client with this session key is refused now; undefined: it is not. */
  keyRefusal(
    session: string,
    client: ByteLink,
    connection: Pick<ClientSide, 'id' | 'declaration' | 'fields'>
  ): string | undefined
}

/** The client's side of a connection, as its servers see it. */
export interface ClientSide extends Owner {
  readonly id: string
  readonly vserver: Entrance
  readonly declaration: Declaration
  readonly spec: ProtocolSpec
  readonly client: ByteLink
  /** Fields that the extension has published, by the index of the declared field. */
  readonly fields: readonly (string | undefined)[] | undefined
  /** Where the client's bytes come in. */
  readonly clientInlet: Inlet
  /** The client has sent its last byte. */
  readonly clientEnded: boolean
  /** The client's link is closed. Its earlier bytes may still be in transit. */
  readonly clientGone: boolean
  /** Maximum bytes of one direction that may wait for verdicts. */
  readonly maxHeld: number
  readonly phase: Phase
  /** Undefined once its server has begun to answer; with `per-message` balancing, once a server is connected. */
  firstTimes: FirstTimes | undefined
  /** Enter the next phase of the connection's life. Leaving the first one means that the first message is decided. */
  moveTo (phase: Phase): void
  /** Another inlet takes the client's bytes from here on. */
  swapClientInlet (inlet: Inlet): void
  /** Ask the extension for the parts of a split, or for its one reply; `asker` receives the answer. */
  askSplit (asker: Asker, what: 'part' | 'gather', split: number, discarded: boolean, bytes: Uint8Array): void
  /**
   * Tell the extension that a request was abandoned; `asker` receives its answer. False: the extension does not
   * handle it.
   */
  tellUnanswered (asker: Asker, match: string, why: 'timeout' | 'service-down'): boolean
  /** The extension no longer handles this connection. */
  releaseGuest (): void
  /** Nothing more comes from the servers' side. */
  onServersEnded (): void
  /** No server is left; `owed`: some of its bytes are undecided, and `onSideEnded` follows. */
  onServersGone (error: LinkError | undefined, owed: boolean): void
  /** The client is gone: the connection ends as soon as all its bytes have been sent to its servers, or cannot be. */
  leaveIfHeard (): void
  /** End the connection because the client has ended. */
  finishForClient (): void
  /** Originated bytes that waited for the end of a message have been sent to the client. */
  onReplied (): void
  /**
   * Originated bytes for the server, or the end of the connection, waited for the end of a message of the client: it
   * has been forwarded.
   */
  onMessagePassed (): void
  /** It is the turn of the message that was rejected. */
  onTurn (): void
  /** End the connection from our side, with a goodbye where the protocol has one. */
  finish (reason: CloseReason, detail: string): void
  /** The same between two messages of either peer. False: it is ending already. */
  leave (reason: CloseReason, detail: string): boolean
}
