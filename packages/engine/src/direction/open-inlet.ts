import type { ByteLink } from '@weirlb/link'
import type { SideSpec } from '../framing/spec.ts'
import type { Connection } from '../connection/connection.ts'
import { Flow } from './message-inlet.ts'
import type { Side } from './inlet.ts'
import type { JudgedInlet } from './judged-inlet.ts'
import { StreamFlow } from './stream-inlet.ts'

type Open<S extends SideSpec> = (connection: Connection, side: Side, link: ByteLink, spec: S, bufferedBytes: number) => JudgedInlet

/** Every kind of side: what takes its bytes in. */
const inlets = {
  messages: (connection, side, link, spec, bufferedBytes) => new Flow(connection, side, link, spec, bufferedBytes),
  stream: (connection, side, link, spec, bufferedBytes) => new StreamFlow(connection, side, link, spec, bufferedBytes)
} satisfies { [K in SideSpec['kind']]: Open<Extract<SideSpec, { kind: K }>> }

/** Take in one side's bytes as its protocol declares them. */
export const openInlet: Open<SideSpec> = (connection, side, link, spec, bufferedBytes) => (inlets[spec.kind] as Open<SideSpec>)(connection, side, link, spec, bufferedBytes)
