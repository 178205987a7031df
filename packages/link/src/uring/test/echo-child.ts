import type { ByteLink, LinkSink } from '../../byte-link.ts'
import { availability } from '../availability.ts'
import { createUringTransport } from '../uring-transport.ts'

// A process that echoes on io_uring and answers its parent. usage: echo-child.ts [PORT]

const { loop, reason } = availability()
if (loop === undefined) throw new Error(reason)

const stuck = new Set<ByteLink>()

class Echo implements LinkSink {
  readonly #link: ByteLink
  constructor (link: ByteLink) { this.#link = link }
  onBytes (bytes: Uint8Array): void {
    if (this.#link.write(bytes)) return
    this.#link.pause()
    stuck.add(this.#link)
  }

  onEnd (): void { this.#link.end() }
  onDrained (): void {
    this.#link.resume()
    stuck.delete(this.#link)
  }

  onClosed (): void {}
  onFault (error: unknown): void { throw error }
}

const transport = createUringTransport(loop)
const listener = await transport.listen(
  { address: '127.0.0.1', port: Number(process.argv[2] ?? 0), reusePort: false },
  { onLink (link) { link.sink = new Echo(link) } })

/** What the parent may ask for. */
const answers: Readonly<Record<string, () => number>> = {
  turns: () => loop.turns,
  /** Echoes whose client does not take its answers. */
  stuck: () => stuck.size
}

/** A completion that the kernel never gave. */
export interface Forged {
  readonly slot: number
  readonly generation: number
  readonly kind: number
  readonly result: number
  readonly flags: number
}

/** Send something to another echo, to go to and fro for ever. */
export interface Bounce { readonly to: number }

const bounce = (port: number): void => {
  transport.dial({ address: '127.0.0.1', port, timeoutMs: 10_000 }, {
    onConnected (link) {
      link.sink = new Echo(link)
      link.write(Buffer.from('round and round'))
    },
    onFailed (error) { throw new Error(error.message) }
  })
}

process.on('message', (what: string | Bounce | Forged) => {
  if (typeof what === 'string') process.send!(answers[what]!())
  else if ('to' in what) bounce(what.to)
  else setImmediate(() => { loop.onCompletion(what.slot << 4 | what.kind, what.generation, what.result, what.flags) })
})
process.send!(listener.port)
