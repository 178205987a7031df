import net from 'node:net'
import { describe, expect, test } from 'vitest'
import { dialled, latin1, listening, RecordingSink, until } from '../testing/recording-sink.ts'
import type { Transport } from '../transport.ts'
import { deafListener } from './deaf-listener.ts'

const turn = (): Promise<void> => new Promise(resolve => { setImmediate(resolve) })

/** A resolver that knows one name with these addresses, in this order. */
const known = (...addresses: readonly string[]): net.LookupFunction => (_name, _options, done) => {
  setImmediate(() => { done(null, addresses.map(address => ({ address, family: net.isIP(address) }))) })
}

/** What every transport promises of listening and dialling; `make` is given a resolver where names are made up. */
export const describeTransport = (name: string, make: (lookup?: net.LookupFunction) => Transport): void => {
  const transport = make()
  describe(name, () => {
    test('an address that is taken is refused as address-taken', async () => {
      const { listener } = await listening(transport)
      await expect(listening(transport, { port: listener.port })).rejects.toMatchObject({
        code: 'address-taken', message: expect.stringContaining(`127.0.0.1:${listener.port}`)
      })
      listener.close()
    })

    test('an address that is not ours is refused as address-unusable', async () => {
      await expect(listening(transport, { address: '192.0.2.1', port: 5 })).rejects.toMatchObject({
        code: 'address-unusable', message: expect.stringContaining('192.0.2.1:5')
      })
      await expect(listening(transport, { address: 'no-such-host.invalid' })).rejects.toMatchObject({
        code: 'address-unusable'
      })
      await expect(listening(transport, { address: 'fe80::1%nowhere' })).rejects.toMatchObject({
        code: 'address-unusable'
      })
    })

    test('two listeners share a port when both ask for it', async () => {
      const first = await listening(transport, { reusePort: true })
      const second = await listening(transport, { reusePort: true, port: first.listener.port })
      expect(second.listener.port).toBe(first.listener.port)
      first.listener.close()
      second.listener.close()
    })

    test('a port is free again when the listener is closed', async () => {
      const first = await listening(transport)
      first.listener.close()
      const second = await listening(transport, { port: first.listener.port })
      second.listener.close()
    })

    test('IPv6 works, and IPv4 clients of an IPv6 listener keep their notation', async () => {
      const { listener, links } = await listening(transport, { address: '::' })
      const six = await dialled(transport, { address: '::1', port: listener.port })
      const four = await dialled(transport, { address: '127.0.0.1', port: listener.port })
      await until(() => links.length === 2)
      expect(links.map(({ link }) => link.peer.address).sort()).toEqual(['127.0.0.1', '::1'])
      six.link!.abort()
      four.link!.abort()
      listener.close()
    })

    test('a host name is looked up', async () => {
      const { listener, links } = await listening(transport)
      const { link } = await dialled(transport, { address: 'localhost', port: listener.port })
      link!.write(latin1('hello'))
      await until(() => links[0]?.text === 'hello')
      link!.abort()
      listener.close()
    })

    test('a dial that is refused, or has no such host, fails once and says so', async () => {
      const { listener } = await listening(transport)
      listener.close()
      expect((await dialled(transport, { port: listener.port })).error).toMatchObject({
        kind: 'refused',
        message: expect.stringContaining(`${listener.port}`)
      })
      expect((await dialled(transport, { address: 'no-such-host.invalid', port: 1 })).error).toMatchObject({
        kind: 'other'
      })
      expect((await dialled(transport, { address: 'a\0b', port: 1 })).error).toMatchObject({ kind: 'other' })
    })

    test('a dial without an answer times out', async () => {
      const port = await deafListener()
      const { error } = await dialled(transport, { port, timeoutMs: 200 })
      expect(error).toMatchObject({ kind: 'timeout', message: expect.stringContaining('200 ms') })
    })

    test('of a name with several addresses, one that does not answer does not hold up the others', async () => {
      const port = await deafListener()
      const { listener, links } = await listening(transport, { address: '::1', port })
      const { link, error } = await dialled(make(known('127.0.0.1', '::1')), {
        address: 'two.example',
        port,
        timeoutMs: 10_000
      })
      expect(error).toBeUndefined()
      expect(link!.peer.address).toBe('::1')
      link!.write(latin1('hello'))
      await until(() => links[0]?.text === 'hello')
      link!.abort()
      listener.close()
    })

    test('of a name with several addresses, one that refuses is followed by the next, and all that refuse are named', async () => {
      const { listener } = await listening(transport, { address: '::1' })
      const { port } = listener
      const named = make(known('127.0.0.1', '::1'))
      const { link } = await dialled(named, { address: 'two.example', port })
      expect(link!.peer.address).toBe('::1')
      link!.abort()
      listener.close()
      const { error } = await dialled(named, { address: 'two.example', port })
      expect(error).toMatchObject({
        kind: 'refused',
        message: expect.stringMatching(`127.0.0.1:${port}.*::1\\]?:${port}`)
      })
    })

    test('known addresses of a name are tried in turn, and it is not looked up', async () => {
      const { listener } = await listening(transport, { address: '::1' })
      const { port } = listener
      const never = make(() => { throw new Error('a look-up') })
      for (const addresses of [['::1'], ['127.0.0.1', '::1']]) {
        const { link, error } = await dialled(never, { address: 'two.example', addresses, port })
        expect(error).toBeUndefined()
        expect(link!.peer.address).toBe('::1')
        link!.abort()
      }
      listener.close()
    })

    test('a dial that is cancelled between two addresses tells nothing', async () => {
      const port = await deafListener()
      const { listener, links } = await listening(transport, { address: '::1', port })
      let told = 0
      const dial = make(known('127.0.0.1', '::1')).dial({ address: 'two.example', port, timeoutMs: 10_000 },
        { onConnected () { told++ }, onFailed () { told++ } })
      await turn()
      dial.cancel()
      // The next address would have its turn before this dial is over.
      expect((await dialled(transport, { port, timeoutMs: 500 })).error).toMatchObject({ kind: 'timeout' })
      expect([told, links.length]).toEqual([0, 0])
      listener.close()
    })

    test('a cancelled dial tells nothing', async () => {
      const { listener, links } = await listening(transport)
      let told = 0
      const dial = transport.dial({ address: '127.0.0.1', port: listener.port, timeoutMs: 100 },
        { onConnected () { told++ }, onFailed () { told++ } })
      dial.cancel()
      dial.cancel()
      const { link } = await dialled(transport, { port: listener.port })
      await until(() => links.length >= 1)
      link!.abort()
      expect(told).toBe(0)
      listener.close()
    })

    test('ten thousand links at once', async () => {
      const pairs = 5000
      const { listener, links } = await listening(transport)
      const clients: RecordingSink[] = []
      let failed = 0
      const dial = (): void => {
        transport.dial({ address: '127.0.0.1', port: listener.port, timeoutMs: 30_000 }, {
          onConnected (link) {
            clients.push(new RecordingSink(link))
            if (clients.length + 200 <= pairs) dial()
          },
          onFailed () { failed++ }
        })
      }
      for (let i = 0; i < 200; i++) dial()
      await until(() => clients.length === pairs && links.length === pairs)
      for (const [i, client] of clients.entries()) client.link.write(latin1(`${i};`))
      await until(() => links.every(link => link.text.endsWith(';')))
      expect(failed).toBe(0)
      expect(new Set(links.map(link => link.text)).size).toBe(pairs)
      for (const { link } of clients) link.abort()
      await until(() => links.every(link => link.closes === 1) && clients.every(client => client.closes === 1))
      expect(links.every(link => link.error?.kind === 'reset')).toBe(true)
      listener.close()
    })

    test('clients that reset at once do no harm', async () => {
      const { listener, links } = await listening(transport)
      for (let i = 0; i < 50; i++) {
        const socket = net.connect({ port: listener.port, host: '127.0.0.1' })
        socket.on('error', () => {})
        socket.once('connect', () => socket.resetAndDestroy())
      }
      const { link } = await dialled(transport, { port: listener.port })
      link!.write(latin1('fine'))
      await until(() => links.some(each => each.text === 'fine'))
      await until(() => links.filter(each => each.closes === 1).length === links.length - 1)
      link!.abort()
      listener.close()
    })
  })
}
