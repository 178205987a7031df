// What one direction of a connection needs of the rooms above it: who it belongs to, and where what passes goes.
import type { LinkError } from '@weirlb/link'
import type { AnswerReader } from '../extension/answer.ts'
import type { Asker } from '../extension/asker.ts'
import type { BoundaryCounter } from '../framing/boundary-counter.ts'
import type { Side } from './side.ts'

/** One direction, as the rooms above know it: one of the inlets. */
export interface Direction { readonly side: Side }

/** A direction that the extension inspects. */
export interface Judged extends Direction, Asker {
  readonly side: Side
  /** The next bytes of a stream, as many as the effect says that `answer` reads now, pass or are dropped; false when this is no answer to what was asked. */
  decide (answer: AnswerReader, passes: boolean): boolean
  /** Pass on what is decided. */
  passDecided (): void
}

/** The connection as its directions see it: its clock, the extension that inspects it, and its end. */
export interface Owner {
  readonly onward: Onward
  /** The connection is ending, or gone. */
  readonly ending: boolean
  /** The extension was asked about the client and has not answered: nothing passes. */
  readonly opening: boolean

  /** Silence is counted from here. */
  onActivity (side: Side): void
  /** The bytes of one direction that wait for verdicts have become more or fewer by `change`, and are so many now. */
  onHeld (change: number, held: number): void
  /** Ask the extension about a frame; the verdict comes to `from`. False: no room now, `advance` is called when there is. */
  ask (from: Judged, source: Uint8Array, at: number, to: number, frameLength: number): boolean
  /** Ask the extension about undecided bytes of a stream; the verdict comes to `from`. False: no room now. */
  askData (from: Judged, source: Uint8Array, at: number, to: number, last: boolean): boolean
  /** Apply the effects of a verdict, in order. False: the connection is ending. */
  apply (answer: AnswerReader, judged: Judged | undefined): boolean
  /** The verdict lets nothing pass: it rejects the client, calls the bytes malformed, or is an error of the extension. */
  refuse (answer: AnswerReader, judged: Direction): void
  /** What the extension answered cannot be applied: the connection ends as `extension-error`. */
  extensionFailed (why: string): void
  /** What follows the frames of a direction that is not inspected any more; undefined: no bytes of ours will join its stream. `tunnel`: nor is the other one. */
  boundaryCounter (side: Side, tunnel: boolean): BoundaryCounter | undefined

  /** The client's first byte is none that a client begins with. */
  onStranger (why: string): void
  /** The stream of this direction cannot be framed. */
  onBroken (direction: Direction, why: string): void
  /** One side has sent its last byte, and all of it was passed on. */
  onSideEnded (direction: Direction): void
  onLinkClosed (direction: Direction, error: LinkError | undefined): void
  /** Something threw while it handled this connection. */
  onFault (error: unknown): void
}

/** Where what passes goes: the servers of a connection, and the way back. */
export interface Onward {
  /** A direction may be piped: where its bytes go does not change any more. */
  readonly mayPipe: boolean
  /** Bytes of a server have gone to the client. */
  readonly answered: boolean
  /** False: no more messages of this direction now, beside those that are being inspected; it is advanced when there is room. */
  mayTake (from: Direction, undecided: number): boolean
  /** A message of this length is about to go on; `answer` has its keys, when anybody was asked about it. The bytes that are passed next belong to it. */
  begin (from: Direction, answer: AnswerReader | undefined, length: number): void
  /** Pass bytes on; `owned`: nobody will change them. False: stop reading the link they came from. */
  pass (from: Direction, bytes: Uint8Array, owned: boolean): boolean
  /** What one read or one batch brought has been passed on: write it. */
  flush (): void
  /** The message of a server that comes behind so many undecided ones may answer a greeting: nobody is asked about that one. */
  mayAnswerGreeting (from: Direction, undecided: number): boolean
  /** The verdict that has just been applied ends the inspection, on both sides. */
  onTunnel (): void
  /** A direction needs no inspection any more, or has passed on the message that it waited for. */
  onPiped (): void
  /** Bytes of our own wait for the end of a message of this direction. */
  ownWaits (from: Direction): boolean
  /** This stream stands between two messages. */
  onBoundary (from: Direction): void
  /** The peer of this direction takes bytes again. */
  onDrained (direction: Direction): void
  /** A server has sent its last byte, and all of it was passed on. */
  onServerEnded (direction: Direction): void
}
