import type { ByteLink, LinkError, LinkSink } from '../byte-link.ts'
import { LayeredClient } from '../client-facts.ts'
import { Ascent, type AscentEvents } from '../layer/ascent.ts'
import type { ServerLayer } from '../layer/layer.ts'
import { dial as dialTarget, type DialTarget } from '../layer/layered-dial.ts'
import type { Dial, DialSink, Listener, ListenOptions, Transport } from '../transport.ts'
import { TIME_SCALE } from './time-scale.ts'

export { TIME_SCALE } from './time-scale.ts'
export { untilStill } from './until-still.ts'

const TIMEOUT_MS = 15_000 * TIME_SCALE

/** Wait for a condition, looking at it at every turn of the loop. */
export const until = async (condition: () => boolean, what = condition.toString()): Promise<void> => {
  const deadline = performance.now() + TIMEOUT_MS
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${TIMEOUT_MS} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

/** A sink that records its calls and complains about any call after the end. */
export class RecordingSink implements LinkSink {
  readonly #chunks: Buffer[] = []
  bytes = 0
  ends = 0
  drains = 0
  closes = 0
  error: LinkError | undefined
  /** Queue lengths seen at onDrained. */
  readonly queuedAtDrain: number[] = []
  readonly link: ByteLink
  readonly #keep: boolean

  constructor (link: ByteLink, keep = true) {
    this.link = link
    this.#keep = keep
    link.sink = this
  }

  get text (): string { return Buffer.concat(this.#chunks).toString('latin1') }
  get all (): Buffer { return Buffer.concat(this.#chunks) }

  onBytes (bytes: Uint8Array): void {
    this.#alive('onBytes')
    this.bytes += bytes.length
    if (this.#keep) this.#chunks.push(Buffer.from(bytes))
  }

  onEnd (): void {
    this.#alive('onEnd')
    this.ends++
  }

  onDrained (): void {
    this.#alive('onDrained')
    this.drains++
    this.queuedAtDrain.push(this.link.queued)
  }

  onClosed (error: LinkError | undefined): void {
    this.#alive('onClosed')
    this.closes++
    this.error = error
  }

  onFault (error: unknown): void { throw error }

  #alive (what: string): void {
    if (this.closes > 0) throw new Error(`${what} after onClosed`)
  }
}

/** Bytes of a string, one a character. */
export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

/** How a dial ended. */
export type Dialled = { readonly link: ByteLink, readonly error: undefined } | {
  readonly link: undefined
  readonly error: LinkError
}

/** Dial and wait; fails if the sink is called twice or before `dial` returned. */
export const dialled = (
  transport: Transport,
  options: Partial<DialTarget> & { port: number },
  onDial?: (dial: Dial) => void
): Promise<Dialled> =>
  new Promise((resolve, reject) => {
    let told = 0
    let returned = false
    const tell = (answer: Dialled): void => {
      if (!returned) reject(new Error('told before dial() returned'))
      if (++told > 1) throw new Error('told twice')
      resolve(answer)
    }
    const sink: DialSink = {
      onConnected (link) { tell({ link, error: undefined }) },
      onFailed (error) { tell({ link: undefined, error }) }
    }
    const { layers = [] } = options
    const dial = dialTarget(
      transport,
      { address: '127.0.0.1', timeoutMs: 10_000, nodeSockets: layers.length > 0, ...options, layers },
      sink,
      undefined
    )
    returned = true
    onDial?.(dial)
  })

/** A listener whose links are recorded. */
export interface RecordingListener {
  readonly listener: Listener
  readonly links: RecordingSink[]
  readonly failures: { address: string, message: string }[]
  /** Clients to come get these. */
  layers: readonly ServerLayer[]
}

/** How a recording listener listens: plain, or with layers. */
export interface RecordingOptions extends Partial<ListenOptions> { readonly layers?: readonly ServerLayer[] }

/** Listen on loopback and record what comes. */
export const listening = async (
  transport: Transport,
  { layers = [], ...options }: RecordingOptions = {},
  onLink?: (link: ByteLink) => void
): Promise<RecordingListener> => {
  const links: RecordingSink[] = []
  const failures: { address: string, message: string }[] = []
  const take = (link: ByteLink): void => {
    links.push(new RecordingSink(link))
    onLink?.(link)
  }
  const ascents: AscentEvents<ServerLayer, LayeredClient> = {
    onTop (_ascent, link) { take(link) },
    onLayerFailed ({ about }, { message }) { failures.push({ address: about.address, message }) }
  }
  const listener = await transport.listen({
    address: '127.0.0.1',
    port: 0,
    reusePort: false,
    nodeSockets: layers.length > 0,
    ...options
  }, {
    onLink (link) {
      if (recording.layers.length === 0) take(link)
      else new Ascent(recording.layers, new LayeredClient(link.peer), ascents).begin(link)
    }
  })
  const recording: RecordingListener = { listener, links, failures, layers }
  return recording
}
