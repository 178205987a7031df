import { bytesText, countText } from '../../format/numbers.ts'
import { streamsOf, type CapturedStream } from './captured-streams.ts'
import { MAX_BYTES } from './client-bytes.ts'

/** Bytes of a file to explain: streams of a capture, or the whole file, of which nobody knows who has sent it. */
export interface OpenedCapture {
  readonly name: string
  readonly streams: readonly (Pick<CapturedStream, 'bytes' | 'cut'> & Partial<CapturedStream>)[]
}

/** A capture is read in the browser, and held in memory while it is open. */
const MAX_CAPTURE_BYTES = 16 * 1024 * 1024

/** Open a file. Rejects with words for the viewer if it is too large, has no TCP stream, or cannot be read. */
export const openCapture = async (file: File): Promise<OpenedCapture> => {
  const { name, size } = file
  if (size > MAX_CAPTURE_BYTES)
    throw new Error(
      `${name} has ${bytesText(size)}; a capture may have ${bytesText(MAX_CAPTURE_BYTES)}, and an explanation takes ${
        bytesText(MAX_BYTES)
      } of it.`
    )
  const bytes = await file.arrayBuffer().then(buffer => new Uint8Array(buffer), () => {
    throw new Error(`${name} could not be read.`)
  })
  const streams = streamsOf(bytes, MAX_BYTES)
  if (streams?.length === 0) throw new Error(`${name} is a capture without bytes over TCP. Its links may be of a kind that is not known here: Ethernet, Linux's any, loopback and IP are.`)
  if (streams !== undefined) return { name, streams }
  if (size > MAX_BYTES)
    throw new Error(
      `${name} is no capture, and has ${countText(size)} bytes; an explanation takes at most ${countText(MAX_BYTES)}.`
    )
  return { name, streams: [{ bytes, cut: undefined }] }
}
