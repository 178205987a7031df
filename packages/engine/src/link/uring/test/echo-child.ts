import type { ByteLink, LinkSink } from '../../byte-link.ts'
import { probe } from '../probe.ts'
import { createUringTransport } from '../uring-transport.ts'

// A process that echoes on io_uring and answers its parent. usage: echo-child.ts [PORT]

const { loop, reason } = probe()
if (loop === undefined) throw new Error(reason)

class Echo implements LinkSink {
  readonly #link: ByteLink
  constructor (link: ByteLink) { this.#link = link }
  onBytes (bytes: Uint8Array): void { if (!this.#link.write(bytes)) this.#link.pause() }
  onEnd (): void { this.#link.end() }
  onDrained (): void { this.#link.resume() }
  onClosed (): void {}
}

const listener = await createUringTransport(loop).listen(
  { address: '127.0.0.1', port: Number(process.argv[2] ?? 0), reusePort: false, tls: undefined },
  { onLink (link) { link.sink = new Echo(link) }, onHandshakeFailed () {} })

/** What the parent may ask for. */
const answers: Readonly<Record<string, () => unknown>> = {
  turns: () => loop.turns,
  forge: () => setImmediate(() => { loop.onCompletion(7 << 4, 99, -1, 0) }) && undefined
}
process.on('message', (what: string) => { process.send!(answers[what]!() ?? what) })
process.send!(listener.port)
