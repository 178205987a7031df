import type { Declaration, SideDeclaration } from '@weir/sdk/abi'
import { compileFraming, type Cutter } from './cutter.ts'
import { compileEntry, type Entry } from './entry.ts'

/** One direction of a protocol, compiled: how it is cut and which frames enter the sandbox. */
export interface SideSpec {
  readonly cutter: Cutter
  readonly handler: boolean
  /** How much of a frame enters the sandbox. */
  readonly entry: Entry
  /** Position of the byte that decides whether a frame is seen, or -1: every frame is. */
  readonly onlyAt: number
  /** For each value of that byte, masked or not: 1 when the frame is seen. */
  readonly onlySeen: Uint8Array
}

/** Both directions of a protocol, compiled once per loaded extension. */
export interface ProtocolSpec { readonly client: SideSpec, readonly server: SideSpec | undefined }

const compileSide = (side: SideDeclaration): SideSpec => {
  const onlySeen = new Uint8Array(256)
  const only = side.only
  if (only !== undefined) for (let byte = 0; byte < 256; byte++) onlySeen[byte] = only.in.includes(byte & only.mask) ? 1 : 0
  return {
    cutter: compileFraming(side.framing),
    handler: side.handler,
    entry: compileEntry(side),
    onlyAt: only?.at ?? -1,
    onlySeen
  }
}

/** Compile a declaration's framings. */
export const compileProtocol = (declaration: Declaration): ProtocolSpec => ({
  client: compileSide(declaration.client),
  server: declaration.server === undefined ? undefined : compileSide(declaration.server)
})
