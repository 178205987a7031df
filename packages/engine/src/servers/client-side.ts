// What the servers' side of a connection needs of the rooms above it: the client, what is declared of its protocol, and where it came in.
import type { CloseReason, UserVserver } from '@weirlb/model'
import type { ByteLink, LinkError, Transport } from '@weirlb/link'
import type { Declaration } from '@weirlb/sdk/abi'
import type { Balancer } from '../balancing/balancer.ts'
import type { Phase } from './phase.ts'
import type { Inlet } from '../direction/inlet.ts'
import type { Asker } from '../extension/asker.ts'
import type { Owner } from '../direction/owner.ts'
import type { ProtocolSpec } from '../framing/spec.ts'
import type { Log } from '../log.ts'

/** The user vserver as a connection's servers see it. */
export interface Entrance {
  readonly name: string
  readonly config: UserVserver
  readonly transport: Pick<Transport, 'dial'>
  readonly log: Log
  /** Where clients go whose extension names no other. */
  readonly lb: Balancer
  /** LB vservers that the extension may name. */
  readonly via: ReadonlyMap<string, Balancer>
  /** What is wrong with a `via` that names no LB vserver of this user vserver. */
  unboundVia (name: string): string
  onDialFailed (service: string, message: string): void
}

/** The client's side of a connection, as its servers see it. */
export interface ClientSide extends Owner {
  readonly id: string
  readonly vserver: Entrance
  readonly declaration: Declaration
  readonly spec: ProtocolSpec
  readonly client: ByteLink
  /** Where the client's bytes come in. */
  readonly clientInlet: Inlet
  /** The client has sent its last byte. */
  readonly clientEnded: boolean
  /** The client's link is closed. What it said before may still be on its way. */
  readonly clientGone: boolean
  /** Most bytes of one direction that may wait for verdicts. */
  readonly maxHeld: number
  readonly phase: Phase
  /** Go on to the next phase of the connection's life. Whoever leaves the first one has had the first message decided. */
  moveTo (phase: Phase): void
  /** Another inlet takes the client's bytes from here on. */
  swapClientInlet (inlet: Inlet): void
  /** Tell the extension that a request is given up; `asker` hears what it says to that. False: it does not want to know. */
  tellUnanswered (asker: Asker, match: string, why: 'timeout' | 'service-down'): boolean
  /** Nobody asks the extension about this connection any more. */
  releaseGuest (): void
  /** Nothing more comes from the servers' side. */
  onServersEnded (): void
  /** No server is left; `owed`: something that it said is not decided, and `onSideEnded` follows. */
  onServersGone (error: LinkError | undefined, owed: boolean): void
  /** The client is gone: the connection ends as soon as its servers have been given all that it said, or cannot be. */
  leaveIfHeard (): void
  /** End the connection because the client has ended. */
  finishForClient (): void
  /** Bytes of ours that waited for the end of a message have gone to the client. */
  onReplied (): void
  /** It is the turn of the message that was rejected. */
  onTurn (): void
  /** End the connection from our side, with a goodbye where the protocol has one. */
  finish (reason: CloseReason, detail: string): void
}
