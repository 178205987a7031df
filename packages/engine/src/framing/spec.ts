import {
  type ByteRange,
  type Declaration,
  type Framing,
  type MessageSideDeclaration,
  type SideDeclaration,
  STREAM_ENTRY
} from '@weirlb/sdk/abi'
import { Beginning } from './beginning.ts'
import { Closings } from './closings.ts'
import { compileFraming } from './cutter.ts'
import { compileEntry, type Entry } from './entry.ts'
import { compileKeys, type KeyTable } from './key-table.ts'
import type { Cutter } from './measure.ts'

/** One direction of a protocol, compiled. */
export type SideSpec = MessageSpec | StreamSpec

/** A direction of messages: its framing, and which messages enter the sandbox. */
export interface MessageSpec {
  readonly kind: 'messages'
  /** As declared. */
  readonly framing: Framing
  readonly cutter: Cutter
  /** The allowed first bytes; undefined: any. */
  readonly beginning: Beginning | undefined
  /** Which frames are the last of their sender; undefined: none is. */
  readonly closings: Closings | undefined
  /** For each first byte: 1 for messages that answer no request; undefined: all answer one. */
  readonly unasked: Uint8Array | undefined
  readonly handler: boolean
  /** How much of a frame enters the sandbox. */
  readonly entry: Entry
  /** The same while a rule reads a field that needs more. */
  readonly wideEntry: Entry
  /** Judges messages by their keys alone; undefined: none are. */
  readonly keys: KeyTable | undefined
  /** Position of the byte that decides whether a frame is seen, or -1: every frame is. */
  readonly onlyAt: number
  /** For each value of that byte, masked or not: 1 when the frame is seen. */
  readonly onlySeen: Uint8Array
}

/** A direction that the extension frames itself. */
export interface StreamSpec {
  readonly kind: 'stream'
  readonly cutter: undefined
  readonly beginning: Beginning | undefined
  /** Maximum undecided bytes that enter the sandbox at once. */
  readonly entryBytes: number
}

/** Both directions of a protocol, compiled once per loaded extension. */
export interface ProtocolSpec { readonly client: SideSpec, readonly server: SideSpec | undefined }

/** True if the extension handles this side, and so may originate bytes to either peer. */
export const isHeard = (side: SideSpec | undefined): boolean =>
  side !== undefined && (side.kind === 'stream' || side.handler)

const beginningOf = ({ begins }: SideDeclaration): Beginning | undefined => begins && new Beginning(begins)

const tableOf = (ranges: readonly ByteRange[]): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => ranges.some(({ from, to }) => byte >= from && byte <= to) ? 1 : 0)

const compileSide = (side: SideDeclaration): SideSpec =>
  side.kind === 'stream'
    ? { kind: side.kind, cutter: undefined, beginning: beginningOf(side), entryBytes: STREAM_ENTRY }
    : compileMessages(side)

const compileMessages = (side: MessageSideDeclaration): MessageSpec => {
  const onlySeen = new Uint8Array(256)
  const only = side.only
  if (only !== undefined) for (let byte = 0; byte < 256; byte++) onlySeen[byte] = only.in.includes(byte & only.mask) ? 1 : 0
  const entry = compileEntry(side)
  return {
    kind: side.kind,
    framing: side.framing,
    cutter: compileFraming(side.framing),
    beginning: beginningOf(side),
    closings: side.closes && new Closings(side.closes, side.framing),
    unasked: side.unasked && tableOf(side.unasked),
    handler: side.handler,
    entry,
    wideEntry: typeof side.peek === 'object' && side.peek.wideFor !== undefined ? compileEntry(side, true) : entry,
    keys: compileKeys(side.keys, side.framing),
    onlyAt: only?.at ?? -1,
    onlySeen
  }
}

/** Compile a declaration's framings. */
export const compileProtocol = (declaration: Declaration): ProtocolSpec => ({
  client: compileSide(declaration.client),
  server: declaration.server === undefined ? undefined : compileSide(declaration.server)
})
