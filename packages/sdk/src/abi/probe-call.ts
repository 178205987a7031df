import { encodeUtf8 } from '../utf8.ts'
import { writeList } from './lists.ts'

/** Maximum secrets of a probe. With the parameters and a reply they enter the sandbox in one piece. */
export const MAX_PROBE_SECRETS = 4
/** Maximum bytes of one secret. */
export const MAX_PROBE_SECRET = 4096
/** Maximum messages of a server that one probe judges. */
export const MAX_PROBE_STEPS = 100

/** What a guest is told of a probe, as JSON. */
export interface ProbeAbout {
  readonly params: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  readonly id: string
  readonly step: number
}

const NOTHING = new Uint8Array(0)

/** Returns the bytes of a call to a probe: a list of the JSON, and of the server's message if there is one. */
export const writeProbeCall = (about: ProbeAbout, message: Uint8Array = NOTHING): Uint8Array =>
  writeList([encodeUtf8(JSON.stringify(about)), message])
