import { afterEach, describe, expect, test } from 'vitest'
import type { RecordingListener, RecordingOptions } from '../testing/recording-sink.ts'
import { dialled, latin1, listening, RecordingSink, until } from '../testing/recording-sink.ts'
import type { DialTarget } from '../layer/layered-dial.ts'
import { wheel } from '../timers/wheel.ts'
import type { Transport } from '../transport.ts'

const MB = 1024 * 1024
/** Over the send and receive buffers of a loopback connection together. */
const MORE_THAN_THE_KERNEL_TAKES = 24 * MB
/** Twice as long as a closed link waits for a peer that does nothing. */
const LONG_MS = 2500
/** The peer takes something this often. */
const STEP_MS = 150

/** What every transport promises of peers that are slow. Run it with the options of `describeLinks`. */
export const describeSlowPeers = (
  name: string,
  transport: Transport,
  listen: RecordingOptions,
  dial: Partial<DialTarget>
): void => {
  describe(name, () => {
    const open: RecordingListener[] = []
    afterEach(() => {
      for (const { listener, links } of open.splice(0)) {
        listener.close()
        for (const { link } of links) link.abort()
      }
    })

    const pair = async (): Promise<{ client: RecordingSink, server: RecordingSink }> => {
      const server = await listening(transport, listen)
      open.push(server)
      const { link, error } = await dialled(transport, { ...dial, port: server.listener.port })
      if (link === undefined) throw new Error(error.message)
      const client = new RecordingSink(link)
      await until(() => server.links.length === 1)
      return { client, server: server.links[0]! }
    }

    test('a closed link waits for its peer as long as that takes some of what is queued', async () => {
      const { client, server } = await pair()
      client.link.pause()
      const all = Buffer.from(Array.from({ length: MB }, (_, i) => i * 7 % 251))
      for (let at = 0; at < MORE_THAN_THE_KERNEL_TAKES; at += MB) server.link.write(all)
      server.link.close()
      const start = performance.now()
      for (let step = 1; performance.now() - start < LONG_MS; step++) {
        client.link.resume()
        await until(() => client.bytes >= step * MB)
        client.link.pause()
        await until(() => performance.now() >= start + step * STEP_MS)
      }
      expect(client.bytes).toBeLessThan(MORE_THAN_THE_KERNEL_TAKES)
      client.link.resume()
      await until(() => client.ends === 1)
      expect(client.bytes).toBe(MORE_THAN_THE_KERNEL_TAKES)
      client.link.close()
      await until(() => client.closes === 1 && server.closes === 1)
      expect([client.error, server.error]).toEqual([undefined, undefined])
    })

    test('what the peer has not taken is known, and falls as it takes it', async () => {
      const { client, server } = await pair()
      client.link.pause()
      server.link.writeOwned(Buffer.alloc(MORE_THAN_THE_KERNEL_TAKES, 1))
      await until(() => server.link.unsent > 0)
      const before = server.link.unsent
      client.link.resume()
      await until(() => client.bytes > 0 && server.link.unsent < before)
      await until(() => server.link.unsent === 0)
      server.link.abort()
      expect(server.link.unsent).toBe(0)
    })

    test('how long a link has been read is counted from its last pause', async () => {
      const { client, server } = await pair()
      const before = server.link.readFor
      server.link.pause()
      expect(server.link.readFor).toBe(0)
      server.link.pause()
      server.link.resume()
      expect(server.link.readFor).toBe(0)
      const tick = wheel.tick
      await until(() => wheel.tick > tick)
      server.link.resume()
      expect(server.link.readFor).toBeLessThanOrEqual(before)
      // The clock runs while a timer is armed: a link that lingers has one.
      client.link.close()
      await until(() => server.link.readFor >= 100)
      client.link.write(latin1('too late'))
    })
  })
}
