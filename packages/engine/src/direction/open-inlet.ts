import type { ByteLink } from '@weirlb/link'
import type { SideSpec } from '../framing/spec.ts'
import type { Owner } from './owner.ts'
import { MessageInlet } from './message-inlet.ts'
import type { Side } from './side.ts'
import type { JudgedInlet } from './judged-inlet.ts'
import { StreamInlet } from './stream-inlet.ts'

type Open<S extends SideSpec> = (
  owner: Owner,
  side: Side,
  link: ByteLink,
  spec: S,
  bufferedBytes: number
) => JudgedInlet

/** Every kind of side: what takes its bytes in. */
const inlets = {
  messages: (owner, side, link, spec, bufferedBytes) => new MessageInlet(owner, side, link, spec, bufferedBytes),
  stream: (owner, side, link, spec, bufferedBytes) => new StreamInlet(owner, side, link, spec, bufferedBytes)
} satisfies { [K in SideSpec['kind']]: Open<Extract<SideSpec, { kind: K }>> }

/** Take in one side's bytes as its protocol declares them. */
export const openInlet: Open<SideSpec> = (owner, side, link, spec, bufferedBytes) =>
  (inlets[spec.kind] as Open<SideSpec>)(owner, side, link, spec, bufferedBytes)
