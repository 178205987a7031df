import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { listening, until } from '../testing/recording-sink.ts'
import type { Listener } from '../transport.ts'
import { EBUSY } from './abi/errno.ts'
import { loadLibc } from './abi/libc.ts'
import type { UringLoop } from './loop.ts'
import { describeUring, freshLoop } from './test/fresh-loop.ts'
import { createUringTransport } from './uring-transport.ts'

describeUring('a listener', () => {
  /** Descriptors of sockets; the one that reads the folder is in it, and is gone. */
  const sockets = (): string[] => readdirSync('/proc/self/fd').filter(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  })
  /** The descriptor of the only listening socket that is opened meanwhile. */
  const listeningOn = async (loop: UringLoop): Promise<{ listener: Listener, fd: number }> => {
    const before = new Set(sockets())
    const { listener } = await listening(createUringTransport(loop))
    return { listener, fd: Number(sockets().find(fd => !before.has(fd))) }
  }

  test('keeps its descriptor until its last accept is over, and its port is free at once', async () => {
    const libc = loadLibc()
    let refuses = false
    const loop = freshLoop({}, { ...libc, io_uring_enter: (...args) => refuses ? EBUSY : libc.io_uring_enter(...args) })
    const { listener, fd } = await listeningOn(loop)
    await until(() => loop.turns > 0)
    refuses = true
    listener.close()
    const other = createServer().listen({ port: listener.port, host: '127.0.0.1' })
    await once(other, 'listening')
    other.close()
    expect(sockets()).toContain(String(fd))
    refuses = false
    await until(() => loop.users === 0)
    expect(sockets()).not.toContain(String(fd))
    expect(loop.slots.used).toBe(0)
  })

  test('whose accepts fail tries again seldom, and ends at once when it is closed', async () => {
    const loop = freshLoop()
    const { listener, fd } = await listeningOn(loop)
    // It listens no more, so every accept fails (EINVAL).
    loop.libc.shutdown(fd, 0)
    await until(() => loop.turns > 2)
    const before = loop.turns
    await new Promise(resolve => { setTimeout(resolve, 300) })
    // Three rounds of backing off, each at most a turn for every accept.
    expect(loop.turns - before).toBeLessThan(100)
    listener.close()
    await until(() => loop.users === 0)
    expect(loop.slots.used).toBe(0)
  })
})
