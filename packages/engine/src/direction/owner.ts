// The interfaces of one direction to the rooms above it: its owner, and the receiver of its bytes.
import type { LinkError } from '@weirlb/link'
import type { AnswerReader } from '../extension/answer.ts'
import type { Asker } from '../extension/asker.ts'
import type { BoundaryCounter } from '../framing/boundary-counter.ts'
import type { KeyTable } from '../framing/key-table.ts'
import type { Side } from './side.ts'

/** One direction, as the rooms above know it: one of the inlets. */
export interface Direction { readonly side: Side }

/** A direction that the extension inspects. */
export interface Judged extends Direction, Asker {
  readonly side: Side
  /**
   * Forward or drop the next bytes of a stream, as many as the effect that `answer` reads now states; false if this
   * is no answer to the request.
   */
  decide (answer: AnswerReader, passes: boolean): boolean
  /** True if this token is the declared key of the message of so many bytes whose verdict is being read. */
  isKeyed (token: string | undefined, length: number): boolean
  /** Pass on what is decided. */
  passDecided (): void
  /** Length of the frame whose verdict is being read. */
  readonly judgedLength: number
  /**
   * Bytes that have arrived behind the frame whose verdict is being read; negative: so many of the frame itself are
   * missing.
   */
  readonly behind: number
}

/** The connection as its directions see it: its clock, the extension that inspects it, and its end. */
export interface Owner {
  readonly onward: Onward
  /** The connection is ending, or gone. */
  readonly ending: boolean
  /** True while `onConnect` is in the sandbox: nothing is forwarded. */
  readonly opening: boolean

  /** Silence is counted from here. */
  onActivity (side: Side): void
  /** The bytes of one direction that wait for verdicts have become more or fewer by `change`, and are so many now. */
  onHeld (change: number, held: number): void
  /** Inspect a frame; `from` receives the verdict. False: no room now, `advance` is called when there is. */
  ask (from: Judged, source: Uint8Array, at: number, to: number, frameLength: number): boolean
  /** The declared keys have decided a message of the client: they have found its token in these bytes. */
  judgedByKeys (keys: KeyTable, bytes: Uint8Array, frameLength: number): void
  /**
   * False: the client has to wait before one more of its messages is inspected, beside `undecided` ones. It is advanced
   * when it may.
   */
  mayAsk (undecided: number): boolean
  /** Inspect undecided bytes of a stream; `from` receives the verdict. False: no room now. */
  askData (from: Judged, source: Uint8Array, at: number, to: number, last: boolean): boolean
  /** Apply the effects of a verdict, in order. False: the connection is ending. */
  apply (answer: AnswerReader, judged: Judged | undefined): boolean
  /** Rules read fields that need more of the frames of a side. */
  isWide (side: Side): boolean
  /** There are rules that look at messages. */
  readonly ruled: boolean
  /**
   * Hold a verdict to the rules, and apply its effects: of a message that they block only what it says. False: the
   * connection is ending. The verdict may have become a drop.
   */
  applyRuled (answer: AnswerReader, judged: Judged): boolean
  /**
   * The verdict lets nothing pass: it rejects the client, calls the bytes malformed, or is an error of the extension.
   */
  refuse (answer: AnswerReader, judged: Direction): void
  /** The extension's answer cannot be applied: the connection ends as `extension-error`. */
  extensionFailed (why: string): void
  /**
   * Returns a counter for the frames of a direction that is no longer inspected; undefined: no originated bytes will
   * join its stream. `tunnel`: the other direction is not inspected either.
   */
  boundaryCounter (side: Side, tunnel: boolean): BoundaryCounter | undefined

  /** The client's first byte is none that a client begins with. */
  onStranger (why: string): void
  /** The stream of this direction cannot be framed. */
  onBroken (direction: Direction, why: string): void
  /** One side has sent its last byte, and all of it was forwarded. */
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
  /**
   * False: no more messages of this direction now, beside those that are being inspected; it is advanced when there is
   * room.
   */
  mayTake (from: Direction, undecided: number): boolean
  /**
   * A message of this length is about to be forwarded; `answer` has its keys, if it was inspected. The next passed
   * bytes belong to it.
   */
  begin (from: Direction, answer: AnswerReader | undefined, length: number): void
  /** The same for a message of the client that its declared key has decided, whose token is in these bytes. */
  beginByKey (from: Judged, keys: KeyTable, bytes: Uint8Array, length: number): void
  /**
   * The message of this length, of which these bytes are here, is to be split over several servers; its own bytes are
   * dropped.
   */
  split (from: Judged, answer: AnswerReader, message: Uint8Array, length: number): void
  /** Forward `bytes[start..end)`; `owned`: they will not be changed. False: stop reading their link. */
  pass (from: Direction, bytes: Uint8Array, start: number, end: number, owned: boolean): boolean
  /** All bytes of one read or one batch have been passed: write them. */
  flush (): void
  /** True if the server's message after `undecided` undecided ones may reply to a greeting: it is not inspected. */
  mayAnswerGreeting (from: Direction, undecided: number): boolean
  /** The message of this direction whose verdict is being read is dropped. */
  onDropped (from: Direction): void
  /** The verdict that has just been applied ends the inspection, on both sides. */
  onTunnel (): void
  /** A direction needs no more inspection, or has forwarded the message that it waited for. */
  onPiped (): void
  /** Originated bytes wait for the end of a message of this direction. */
  ownWaits (from: Direction): boolean
  /** This stream is between two messages. */
  onBoundary (from: Direction): void
  /** The peer of this direction takes bytes again. */
  onDrained (direction: Direction): void
  /** A server has sent its last byte, and all of it was forwarded. */
  onServerEnded (direction: Direction): void
}
