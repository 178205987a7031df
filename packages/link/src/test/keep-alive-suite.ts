import { describe, expect, test } from 'vitest'
import { dialled, listening, until } from '../testing/recording-sink.ts'
import type { DialTarget } from '../layer/layered-dial.ts'
import type { RecordingOptions } from '../testing/recording-sink.ts'
import type { KeepAlive, Transport } from '../transport.ts'
import { keepAliveOf, kernelSockets } from './kernel-socket.ts'

/** What every transport promises of TCP keep-alive. Run it with the options of `describeLinks`. */
export const describeKeepAlive = (
  name: string,
  transport: Transport,
  listen: RecordingOptions,
  dial: Partial<DialTarget>
): void => {
  describe.skipIf(!kernelSockets)(
    kernelSockets ? name : `${name} (not here: the kernel's options are read on Linux, with koffi)`,
    () => {
      const off: KeepAlive = { idleSeconds: 0, intervalSeconds: 1, probes: 1 }
      const slow: KeepAlive = { idleSeconds: 300, intervalSeconds: 30, probes: 4 }
      const fast: KeepAlive = { idleSeconds: 60, intervalSeconds: 10, probes: 6 }

    /** What the kernel has of both ends of a new connection. */
    const seen = async (clients: KeepAlive | undefined, server: KeepAlive | undefined, later?: KeepAlive) => {
      const { listener, links } = await listening(transport, { ...listen, keepAlive: clients })
      if (later !== undefined) listener.setKeepAlive(later)
      const { link } = await dialled(transport, { ...dial, port: listener.port, keepAlive: server })
      await until(() => links.length === 1)
      const [local, remote] = [listener.port, links[0]!.link.peer.port]
      // io_uring sets it up to a second later: nothing before it is due could be probed.
      if (server !== undefined && server.idleSeconds > 0) await until(() => keepAliveOf(remote, local).on)
      const both = { accepted: keepAliveOf(local, remote), dialled: keepAliveOf(remote, local) }
      link!.abort()
      listener.close()
      return both
    }

    test('accepted and dialled connections have their own', async () => {
      expect(await seen(slow, fast)).toEqual({ accepted: { on: true, ...slow }, dialled: { on: true, ...fast } })
    })

    test('none, or switched off', async () => {
      expect(await seen(undefined, undefined)).toMatchObject({ accepted: { on: false }, dialled: { on: false } })
      expect(await seen(off, off)).toMatchObject({ accepted: { on: false }, dialled: { on: false } })
    })

    test('a listener takes another one for connections to come', async () => {
      expect(await seen(off, off, fast)).toMatchObject({ accepted: { on: true, ...fast } })
      expect(await seen(slow, off, off)).toMatchObject({ accepted: { on: false } })
    })
  })
}
