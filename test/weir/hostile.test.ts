import { TIME_SCALE, until } from '@weirlb/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createWeir, type Weir } from 'weirlb'
import { cutInThread, harmless } from '../runtime/hostile.ts'
import { TestClient, TestServer } from '../support/engine-bench.ts'

/**
 * The design promises other vservers' clients a p99 under 100 ms; measured on a quiet machine it is under 30 ms
 * (WEIR_REPORT=1 prints it). Asserted is only what no busy machine blurs: an event loop that waits for the extension
 * would stand still for its whole time-out.
 */
const TIMEOUT_MS = 1000
const P99_MS = TIMEOUT_MS / 2
/** How soon the extension is back. */
const BACK_MS = 1000
const NEIGHBOURS = 10

/** Harm only those messages that ask for it, so that the same extension can show that it is back. */
const onRequest = (source: string): string =>
  source.replace(/onMessage \(message: any, ctx: any\): any \{/, "$& if (!message.text().startsWith('bad')) return forward();\n")

/** A client that says a line, waits for its echo, and says the next, for as long as it is let. */
class Neighbour {
  readonly times: number[] = []
  readonly #client: TestClient
  #stopped = false
  constructor (port: number) { this.#client = new TestClient(port) }

  async talk (): Promise<void> {
    const { socket } = this.#client
    while (!this.#stopped) {
      const from = performance.now()
      const before = this.#client.received.length
      socket.write('line\n')
      await new Promise<void>((resolve, reject) => {
        const check = (): void => {
          if (this.#client.closed) reject(new Error('a neighbour was closed'))
          else if (this.#client.received.length >= before + 5) resolve()
          else {
            socket.once('data', check)
            return
          }
          socket.off('close', check)
        }
        socket.once('close', check)
        check()
      })
      this.times.push(performance.now() - from)
      // A hundred times a second is enough to be hurt by a stall.
      await new Promise(resolve => { setTimeout(resolve, 10) })
    }
  }

  stop (): void { this.#stopped = true }
}

describe('a hostile extension in a worker', () => {
  let weir: Weir
  let server: TestServer
  beforeEach(async () => {
    server = await TestServer.listen(chunk => chunk)
    weir = createWeir({ workers: 1, log: { level: 'silent' } })
    await weir.start()
  })
  afterEach(async () => { await weir.stop({ graceMs: 500 }) })

  // One of each way to be cut is enough here; the sandbox's own suite has them all.
  const chosen = ['throws', 'recurses', 'calls ctx.reply without end', 'answers {}', 'loops', 'backtracks in a regex', 'floods microtasks',
    'grows arrays', 'grows a string', 'grows a Map', 'allocates at once', 'fills an array to 1e9']
  test.each(chosen.map(name => cutInThread.find(h => h.name === name)!))('$name: the worker lives, others do not notice, it is back', async ({ name, source }) => {
    const limits = { heapMb: 16, batchTimeoutMs: TIMEOUT_MS }
    await weir.config.replace({
      extensions: [{ name: 'bad', source: onRequest(source), limits, check: 'off' }, { name: 'good', source: harmless, limits, check: 'off' }],
      userProtocols: [{ name: 'BAD', transport: 'tcp', extension: 'bad' }, { name: 'GOOD', transport: 'tcp', extension: 'good' }],
      services: [{ name: 's', address: '127.0.0.1', port: server.port }],
      lbVservers: [{ name: 'lb', services: [{ name: 's' }] }],
      userVservers: [
        { name: 'bad', protocol: 'BAD', address: '127.0.0.1', port: 0, defaultLb: 'lb' },
        { name: 'good', protocol: 'GOOD', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
      ]
    })
    const port = async (vserver: string): Promise<number> => (await weir.userVservers.status(vserver)).listening!.port
    const [badPort, goodPort] = [await port('bad'), await port('good')]
    const { pid, restarts } = (await weir.health()).workers[0]!
    const neighbours = Array.from({ length: NEIGHBOURS }, () => new Neighbour(goodPort))
    const talks = Promise.all(neighbours.map(async n => await n.talk()))
    await until(() => neighbours.every(n => n.times.length > 10), 'the neighbours to talk')
    for (const n of neighbours) n.times.length = 0

    const hostile = new TestClient(badPort)
    hostile.socket.write('bad\n')
    await hostile.closes()
    const ended = performance.now()
    const again = new TestClient(badPort)
    again.socket.write('calm\n')
    await again.gets('calm\n')
    const back = performance.now() - ended
    await until(() => neighbours.every(n => n.times.length > 20), 'the neighbours to go on')
    for (const n of neighbours) n.stop()
    await talks

      const times = neighbours.flatMap(n => n.times).sort((a, b) => a - b)
      const p99 = times[Math.floor(times.length * 0.99)]!
      if (process.env['WEIR_REPORT'] !== undefined) console.log(
          `${name}: p99 ${p99.toFixed()} ms of ${times.length}, back after ${back.toFixed()} ms`
        )
      expect(p99).toBeLessThan(P99_MS * TIME_SCALE)
      expect(back).toBeLessThan(BACK_MS * TIME_SCALE)
      expect((await weir.health()).workers).toMatchObject([{ pid, restarts, status: 'up' }])
    }
  )
})
