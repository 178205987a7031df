import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { ByteLink } from '../byte-link.ts'
import { listening, RecordingSink, until, untilStill } from '../testing/recording-sink.ts'
import type { Listener, ListenerEvents, Transport } from '../transport.ts'
import { EBUSY } from './abi/errno.ts'
import { loadLibc } from './abi/libc.ts'
import type { UringLoop } from './loop.ts'
import { describeUring, freshLoop } from './test/fresh-loop.ts'
import { createUringTransport } from './uring-transport.ts'
import { createNodeTransport } from '../node/node-transport.ts'
import { sendable } from '../sendable-socket.ts'

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

  describe.each([['Node', 'io_uring'], ['io_uring', 'io_uring'], ['io_uring', 'Node']] as const)(
    'of %s whose socket is given to one of %s',
    (from, to) => {
      const transportOf = (name: 'Node' | 'io_uring', loop: UringLoop): Transport =>
        name === 'Node' ? createNodeTransport() : createUringTransport(loop)

    test('refuses no client: those that come go on to the other, at rest and when the first one is closed', async () => {
      const loop = freshLoop()
      const links: [number, ByteLink][] = []
      const events = (n: number): ListenerEvents => ({ onLink (link) { link.sink = new RecordingSink(link, false); links.push([n, link]) } })
      const options = { address: '127.0.0.1', port: 0, reusePort: false }
      const first = await transportOf(from, loop).listen(options, events(1))
      const [socket] = first.share()
      const fd = loadLibc().duplicate(socket!.fd)
      const second = await transportOf(to, loop).listen({ ...options, port: first.port, inherited: [fd] }, events(2))
      expect([second.address, second.port]).toEqual([first.address, first.port])
      const clients: Socket[] = []
      const errors: Error[] = []
      const come = (): void => {
        const client = connect(first.port, '127.0.0.1')
        client.on('error', error => { errors.push(error) })
        clients.push(client)
      }
      for (let i = 0; i < 20; i++) come()
      await until(() => links.length === 20)
      // Neither waits in a busy loop.
      const before = loop.turns
      await untilStill(() => loop.turns, 'the loop to rest')
      expect(loop.turns - before).toBeLessThan(100)
      for (let i = 0; i < 20; i++) come()
      const closed = first.close()
      for (let i = 0; i < 20; i++) come()
      await closed
      for (let i = 0; i < 20; i++) come()
      await until(() => links.length === 80)
      expect(links.slice(-20).map(([n]) => n)).toEqual(Array.from({ length: 20 }, () => 2))
      expect(errors).toEqual([])
      for (const client of clients) client.destroy()
      await second.close()
      for (const [, link] of links) link.abort()
      await until(() => loop.users === 0)
      expect(loop.slots.used).toBe(0)
    })
  })

  test('sends a socket as one of Node, and keeps its own', async () => {
    const loop = freshLoop()
    const { listener } = await listening(createUringTransport(loop))
    const [socket] = listener.share()
    const { handle, close } = sendable(socket!)
    expect((handle as { readonly fd: number }).fd).toBeGreaterThan(0)
    expect((handle as { readonly fd: number }).fd).not.toBe(socket!.fd)
    const before = sockets().length
    close()
    await until(() => sockets().length === before - 1)
    await listener.close()
    await until(() => loop.users === 0)
  })

  test('whose accepts fail tries again seldom, and ends at once when it is closed', async () => {
    const loop = freshLoop()
    const { listener, fd } = await listeningOn(loop)
    // It listens no more, so every accept fails (EINVAL).
    loop.libc.shutdown(fd, 0)
    await until(() => loop.turns > 2)
    const before = loop.turns
    const begun = performance.now()
    await until(() => loop.turns >= before + 10)
    // Several rounds of backing off, of 0.1 s each. A busy loop takes ten turns in less than a millisecond.
    expect(performance.now() - begun).toBeGreaterThan(20)
    listener.close()
    await until(() => loop.users === 0)
    expect(loop.slots.used).toBe(0)
  })
})
