import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { latin1, listening, TIME_SCALE, until } from '../testing/recording-sink.ts'
import { describeUring, freshLoop } from './test/fresh-loop.ts'
import { createUringTransport } from './uring-transport.ts'

const turn = (): Promise<void> => new Promise(resolve => { setImmediate(resolve) })

describeUring('leaks', () => {
  /** 100,000 in .ci/run, in a step of its own. */
  const connections = Number(process.env['WEIR_SHORT_CONNECTIONS'] ?? 20_000)

  test(`${connections} short connections of every ending leave nothing`, { timeout: 600_000 * TIME_SCALE }, async () => {
    const loop = freshLoop()
    const transport = createUringTransport(loop)
    let closed = 0
    const { listener } = await listening(transport, {}, link => {
      link.sink = {
        onBytes (bytes) { link.write(bytes) },
        onEnd () { link.end() },
        onDrained () {},
        onClosed () { closed++ },
        onFault (error) { throw error }
      }
    })
    const descriptors = (): number => readdirSync('/proc/self/fd').length
    const before = descriptors()
    let over = 0
    let started = 0
    const one = (): void => {
      if (started === connections) return
      const ending = started++ % 4
      const done = (): void => {
        over++
        one()
      }
      const dial = transport.dial({ address: '127.0.0.1', port: listener.port, timeoutMs: 30_000 }, {
        onConnected (link) {
          link.sink = {
            onBytes () { if (ending === 0) link.end(); else if (ending === 1) link.close(); else link.abort() },
            onEnd () { link.end() },
            onDrained () {},
            onClosed: done,
            onFault (error) { throw error }
          }
          link.write(latin1('hello'))
        },
        onFailed: done
      })
      if (ending === 3) {
        dial.cancel()
        setImmediate(done)
      }
    }
    for (let i = 0; i < 100; i++) one()
    while (over < connections) await turn()
    await until(() => loop.users === 1, 'only the listener to live')
    expect(closed).toBeGreaterThanOrEqual(connections * 3 / 4)
    expect(descriptors()).toBeLessThanOrEqual(before)
    expect(loop.buffers.out).toBe(0)
    listener.close()
    await until(() => loop.users === 0)
    expect(loop.slots.used).toBe(0)
  })
})
