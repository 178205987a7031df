import { expect, test } from 'vitest'
import { dialled, listening, until } from '../testing/recording-sink.ts'
import { loadLibc } from './abi/libc.ts'
import { SO_KEEPALIVE, SOL_SOCKET } from './abi/socket.ts'
import { describeUring, freshLoop } from './test/fresh-loop.ts'
import type { UringLink } from './uring-link.ts'
import { createUringTransport } from './uring-transport.ts'

describeUring('keep-alive', () => {
  test('is set on a socket that lives for a second, and not on one that is gone by then', async () => {
    const libc = loadLibc()
    const set: number[] = []
    const loop = freshLoop({}, {
      ...libc,
      setsockopt (fd, level, option, value, length) {
        if (level === SOL_SOCKET && option === SO_KEEPALIVE) set.push(fd)
        return libc.setsockopt(fd, level, option, value, length)
      }
    })
    const transport = createUringTransport(loop)
    const { listener } = await listening(transport)
    const keepAlive = { idleSeconds: 60, intervalSeconds: 10, probes: 6 }
    const dial = async (): Promise<UringLink> =>
      (await dialled(transport, { port: listener.port, keepAlive })).link as UringLink
    const gone = await dial()
    const { slot } = gone
    const generation = loop.slots.generation(slot)
    gone.abort()
    await until(() => loop.slots.generation(slot) !== generation)
    const stays = await dial()
    await until(() => set.length > 0)
    expect(set).toEqual([stays.fd])
    stays.abort()
    listener.close()
    await until(() => loop.users === 0)
  })
})
