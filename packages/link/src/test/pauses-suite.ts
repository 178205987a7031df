import { expect, test } from 'vitest'
import { latin1, type RecordingSink, until } from '../testing/recording-sink.ts'
import type { Pairs } from './pairs.ts'

const MB = 1024 * 1024

/** What every link promises of readers and writers that stop. */
export const testPauses = (pairs: Pairs): void => {
  test('passed on to a slow reader, everything arrives in order and the source is held', async () => {
    const source = await pairs.connect()
    const drain = await pairs.connect()
    const total = 12 * MB
    let held = false
    let worst = 0
    source.server.onBytes = bytes => {
      if (!drain.client.link.write(bytes) && !held) {
        held = true
        source.server.link.pause()
      }
      worst = Math.max(worst, drain.client.link.queued)
    }
    drain.client.onDrained = () => {
      held = false
      source.server.link.resume()
    }
    let written = 0
    const chunk = Buffer.alloc(100_000)
    const fill = (): void => {
      while (written < total) {
        for (let i = 0; i < chunk.length; i++) chunk[i] = (written + i) % 251
        written += chunk.length
        if (!source.client.link.write(chunk)) return
      }
    }
    source.client.onDrained = fill
    drain.server.link.pause()
    fill()
    await until(() => held)
    for (let i = 0; i < 5; i++) {
      drain.server.link.resume()
      const before = drain.server.bytes
      await until(() => drain.server.bytes > before)
      drain.server.link.pause()
    }
    drain.server.link.resume()
    await until(() => drain.server.bytes === written)
    const { all } = drain.server
    let wrong = 0
    for (let i = 0; i < all.length; i++) if (all[i] !== i % 251) wrong++
    expect(wrong).toBe(0)
    // What one turn delivers at most, above the mark.
    expect(worst).toBeLessThan(4 * MB)
  })

  test('a pause while bytes are delivered keeps what follows, in order', async () => {
    const { client, server } = await pairs.connect()
    const { onBytes } = server
    let pauses = 0
    server.onBytes = bytes => {
      onBytes.call(server, bytes)
      server.link.pause()
      pauses++
      setTimeout(() => { server.link.resume() }, pauses % 3)
    }
    const expected = Buffer.alloc(2 * MB, 'weir ')
    client.link.write(expected)
    client.link.end()
    await until(() => server.ends === 1)
    expect(server.all.equals(expected)).toBe(true)
  })

  test('a slow reader stops the writer: 10 MB both ways with bounded queues', async () => {
    const { client, server } = await pairs.connect()
    const chunk = Buffer.alloc(16 * 1024, 7)
    const total = 10 * MB
    const pump = (from: RecordingSink): { refused: number, worst: number } => {
      const result = { refused: 0, worst: 0 }
      const send = (): void => {
        while (from.link.bytesWritten < total) {
          const more = from.link.write(chunk)
          result.worst = Math.max(result.worst, from.link.queued)
          if (!more) {
            result.refused++
            return
          }
        }
      }
      const { onDrained } = from
      from.onDrained = function () {
        onDrained.call(from)
        send()
      }
      send()
      return result
    }
    client.link.pause()
    server.link.pause()
    const up = pump(client)
    const down = pump(server)
    // Both are stopped: the kernel's buffers are full and nobody reads.
    await until(() => client.link.queued > 64 * 1024 && server.link.queued > 64 * 1024)
    expect([client.bytes, server.bytes]).toEqual([0, 0])
    expect(client.link.bytesWritten).toBeLessThan(total)
    client.link.resume()
    server.link.resume()
    await until(() => client.bytes === total && server.bytes === total)
    for (const [side, { refused, worst }] of [[client, up], [server, down]] as const) {
      expect(refused).toBeGreaterThan(0)
      expect(worst).toBeLessThanOrEqual(64 * 1024 + chunk.length)
      await until(() => side.drains === refused)
      expect(side.queuedAtDrain.every(queued => queued === 0)).toBe(true)
    }
  })

  test('pauses are counted: reading resumes when the last one is taken back', async () => {
    const { client, server } = await pairs.connect()
    server.link.pause()
    server.link.pause()
    client.link.write(latin1('x'))
    server.link.resume()
    // A resume and a pause in one turn must not let anything through.
    server.link.resume()
    server.link.pause()
    const { client: other, server: otherServer } = await pairs.connect()
    other.link.write(latin1('later'))
    await until(() => otherServer.text === 'later')
    expect(server.bytes).toBe(0)
    server.link.resume()
    await until(() => server.text === 'x')
  })

  test('a link may be paused before anything was read', async () => {
    const { client, server } = await pairs.connect(link => { link.pause() })
    client.link.write(latin1('early'))
    const { client: other, server: otherServer } = await pairs.connect()
    other.link.write(latin1('later'))
    await until(() => otherServer.text === 'later')
    expect(server.bytes).toBe(0)
    server.link.resume()
    await until(() => server.text === 'early')
  })
}
