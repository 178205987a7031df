import net from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { ByteLink } from '../byte-link.ts'
import type { DialOptions, ListenOptions, Transport } from '../transport.ts'
import { deafListener } from './deaf-listener.ts'
import type { RecordingListener } from '../testing/recording-sink.ts'
import { dialled, latin1, listening, RecordingSink, until } from '../testing/recording-sink.ts'

const MB = 1024 * 1024
/** Over the send and receive buffers of a loopback connection together. */
const MORE_THAN_THE_KERNEL_TAKES = 32 * MB

/** What every transport promises, on connected pairs of links: run it with the options that make a plain or an encrypted pair. */
export const describeLinks = (name: string, transport: Transport, listen: Partial<ListenOptions>, dial: Partial<DialOptions>): void => {
  describe(name, () => {
    const open: RecordingListener[] = []
    afterEach(() => {
      for (const { listener, links } of open.splice(0)) {
        listener.close()
        for (const { link } of links) link.abort()
      }
    })

    const pair = async (onLink?: (link: ByteLink) => void): Promise<{ client: RecordingSink, server: RecordingSink }> => {
      const server = await listening(transport, listen, onLink)
      open.push(server)
      const { link, error } = await dialled(transport, { ...dial, port: server.listener.port })
      if (link === undefined) throw new Error(error.message)
      const client = new RecordingSink(link)
      await until(() => server.links.length === 1)
      return { client, server: server.links[0]! }
    }

    test('bytes go both ways and are counted; peers are named', async () => {
      const { client, server } = await pair()
      expect(client.link.write(latin1('ping'))).toBe(true)
      await until(() => server.text === 'ping')
      server.link.writeOwned(latin1('pong!'))
      await until(() => client.text === 'pong!')
      expect([client.link.bytesWritten, server.link.bytesRead]).toEqual([4, 4])
      expect([client.link.bytesRead, server.link.bytesWritten]).toEqual([5, 5])
      expect(server.link.peer.address).toBe('127.0.0.1')
      expect(server.link.peer.port).toBeGreaterThan(0)
      expect(client.link.peer).toMatchObject({ address: '127.0.0.1' })
    })

    test('write takes a copy: the caller may reuse the memory at once', async () => {
      const { client, server } = await pair()
      const reused = Buffer.alloc(1000)
      let expected = ''
      for (let i = 0; i < 500; i++) {
        const letter = 97 + i % 26
        reused.fill(letter)
        client.link.write(reused)
        expected += String.fromCharCode(letter).repeat(1000)
      }
      await until(() => server.bytes === 500_000)
      expect(server.text === expected).toBe(true)
    })

    test('chunks of every size arrive in order', async () => {
      const { client, server } = await pair()
      const sizes = [1, 8191, 8192, 8193, 32768, 65536, 65537, 200_000, 3]
      const sent: Buffer[] = []
      for (const [i, size] of [...sizes, ...sizes, ...sizes].entries()) {
        const bytes = Buffer.alloc(size, i + 1)
        sent.push(Buffer.from(bytes))
        client.link.write(bytes)
        bytes.fill(0)
        await until(() => client.link.queued === 0 || i % 3 !== 0)
      }
      const expected = Buffer.concat(sent)
      await until(() => server.bytes === expected.length)
      expect(server.all.equals(expected)).toBe(true)
    })

    test('a stream is the same wherever it is cut', async () => {
      const { client, server } = await pair()
      const bytes = Buffer.from(Array.from({ length: 48 }, (_, i) => i + 1))
      for (let at = 0; at <= bytes.length; at++) {
        client.link.write(bytes.subarray(0, at))
        // The halves leave in turns of their own.
        if (at > 0) await until(() => server.bytes === at + (at * 48))
        client.link.write(bytes.subarray(at))
        await until(() => server.bytes === (at + 1) * 48)
      }
      expect(server.all.equals(Buffer.concat(Array.from({ length: 49 }, () => bytes)))).toBe(true)
    })

    test('nothing is written by a write of no bytes', async () => {
      const { client, server } = await pair()
      expect(client.link.write(new Uint8Array(0))).toBe(true)
      expect(client.link.writeOwned(new Uint8Array(0))).toBe(true)
      client.link.end()
      await until(() => server.ends === 1)
      expect([server.bytes, client.link.bytesWritten, client.link.queued]).toEqual([0, 0, 0])
    })

    test('what arrives may be passed on in whole and in parts while it is being delivered', async () => {
      const { client, server } = await pair()
      let turn = 0
      server.onBytes = bytes => {
        // In one piece, in two, backwards by halves, and with bytes of our own between.
        const half = bytes.length >> 1
        switch (turn++ % 3) {
          case 0: server.link.write(bytes); break
          case 1:
            server.link.write(bytes.subarray(0, half))
            server.link.write(bytes.subarray(half))
            break
          default:
            server.link.writeOwned(latin1('<'))
            server.link.write(bytes)
            server.link.writeOwned(latin1('>'))
        }
      }
      let expected = ''
      for (let i = 0; i < 300; i++) {
        const text = String.fromCharCode(97 + i % 26).repeat(1 + i * 37 % 3000)
        client.link.write(latin1(text))
        expected += text
        await until(() => client.text.replaceAll(/[<>]/g, '').length === expected.length)
      }
      expect(client.text.replaceAll(/[<>]/g, '') === expected).toBe(true)
    })

    test('passed on to a slow reader, everything arrives in order and the source is held', async () => {
      const source = await pair()
      const drain = await pair()
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
      const { client, server } = await pair()
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

    test('a descriptor that is used again brings nothing of the link before', async () => {
      for (let i = 0; i < 60; i++) {
        const { client, server } = await pair()
        const other = await pair()
        client.link.write(latin1(`old ${i}`))
        if (i % 3 === 0) await until(() => server.bytes > 0)
        if (i % 2 === 0) client.link.abort()
        else server.link.abort()
        const next = await pair()
        next.client.link.write(latin1(`new ${i}`))
        other.client.link.write(latin1(`other ${i}`))
        await until(() => next.server.text === `new ${i}` && other.server.text === `other ${i}`)
        expect(['', `old ${i}`]).toContain(server.text)
        await until(() => client.closes === 1 && server.closes === 1)
        for (const each of [next, other]) each.client.link.abort()
      }
    })

    test('a slow reader stops the writer: 10 MB both ways with bounded queues', async () => {
      const { client, server } = await pair()
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

    test('what is kept stays as it is until it is released, and may be written from where it is', async () => {
      const { client, server } = await pair()
      const waiting: { readonly bytes: Uint8Array, readonly kept: boolean }[] = []
      server.onBytes = bytes => {
        const kept = server.link.keep(bytes)
        waiting.push({ bytes: kept ? bytes : Uint8Array.from(bytes), kept })
        server.bytes += bytes.length
      }
      const sent = Buffer.from(Array.from({ length: 3 * MB }, (_, i) => i * 7 % 251))
      for (let at = 0; at < sent.length; at += 20_000) {
        client.link.write(sent.subarray(at, at + 20_000))
        if (at % 100_000 === 0) await until(() => server.bytes >= at)
      }
      await until(() => server.bytes === sent.length)
      for (const { bytes, kept } of waiting) {
        const half = bytes.length >> 1
        server.link.write(bytes.subarray(0, half))
        server.link.write(bytes.subarray(half))
        if (kept) server.link.release(bytes.subarray(half))
      }
      await until(() => client.bytes === sent.length)
      expect(client.all.equals(sent)).toBe(true)
      client.link.abort()
      await until(() => client.closes === 1 && server.closes === 1)
    })

    test('what is kept of a link outlives it', async () => {
      const { client, server } = await pair()
      let words: Uint8Array | undefined
      let kept = false
      server.onBytes = bytes => {
        kept = server.link.keep(bytes)
        words = kept ? bytes : Uint8Array.from(bytes)
      }
      client.link.write(latin1('last words'))
      await until(() => words !== undefined)
      client.link.abort()
      await until(() => server.closes === 1)
      const { client: other, server: otherServer } = await pair()
      other.link.write(Buffer.alloc(MB, 1))
      await until(() => otherServer.bytes === MB)
      expect(Buffer.from(words!).toString()).toBe('last words')
      if (kept) server.link.release(words!)
    })

    test('pauses are counted: reading resumes when the last one is taken back', async () => {
      const { client, server } = await pair()
      server.link.pause()
      server.link.pause()
      client.link.write(latin1('x'))
      server.link.resume()
      // A resume and a pause in one turn must not let anything through.
      server.link.resume()
      server.link.pause()
      const { client: other, server: otherServer } = await pair()
      other.link.write(latin1('later'))
      await until(() => otherServer.text === 'later')
      expect(server.bytes).toBe(0)
      server.link.resume()
      await until(() => server.text === 'x')
    })

    test('a link may be paused before anything was read', async () => {
      const { client, server } = await pair(link => { link.pause() })
      client.link.write(latin1('early'))
      const { client: other, server: otherServer } = await pair()
      other.link.write(latin1('later'))
      await until(() => otherServer.text === 'later')
      expect(server.bytes).toBe(0)
      server.link.resume()
      await until(() => server.text === 'early')
    })

    test('the client ends first: the server still answers', async () => {
      const { client, server } = await pair()
      client.link.write(latin1('question'))
      client.link.end()
      await until(() => server.ends === 1)
      expect(server.text).toBe('question')
      server.link.write(latin1('answer'))
      await until(() => client.text === 'answer')
      expect(client.ends).toBe(0)
      server.link.end()
      await until(() => client.closes === 1 && server.closes === 1)
      expect([client.ends, server.ends, client.error, server.error]).toEqual([1, 1, undefined, undefined])
    })

    test('the server ends first: the client still sends', async () => {
      const { client, server } = await pair()
      server.link.end()
      server.link.end()
      await until(() => client.ends === 1)
      client.link.write(latin1('still here'))
      await until(() => server.text === 'still here')
      client.link.end()
      await until(() => client.closes === 1 && server.closes === 1)
      expect([client.error, server.error]).toEqual([undefined, undefined])
    })

    test('end() comes after what is queued, and the drain is told all the same', async () => {
      const { client, server } = await pair()
      server.link.pause()
      const chunk = Buffer.alloc(64 * 1024, 1)
      let written = 0
      do written += chunk.length; while (client.link.write(chunk) && written < 64 * MB)
      client.link.end()
      expect(client.link.write(latin1('too late'))).toBe(true)
      server.link.resume()
      await until(() => server.ends === 1)
      expect(server.bytes).toBe(written)
      await until(() => client.drains === 1)
    })

    test('close() sends what is queued, then closes; nothing is delivered after it', async () => {
      const { client, server } = await pair()
      client.link.write(Buffer.alloc(3 * MB, 2))
      client.link.close()
      server.link.write(latin1('unwanted'))
      await until(() => server.ends === 1)
      expect(server.bytes).toBe(3 * MB)
      expect(client.closes).toBe(0)
      server.link.close()
      await until(() => client.closes === 1 && server.closes === 1)
      expect([client.bytes, client.ends, client.error, server.error]).toEqual([0, 0, undefined, undefined])
    })

    test('the last word survives unread bytes: close() does not reset', async () => {
      const { client, server } = await pair()
      server.link.pause()
      client.link.write(Buffer.alloc(200_000, 3))
      await until(() => client.link.queued === 0)
      server.link.write(latin1('goodbye'))
      server.link.close()
      await until(() => client.ends === 1)
      expect(client.text).toBe('goodbye')
      client.link.close()
      await until(() => client.closes === 1 && server.closes === 1)
      expect([client.error, server.error]).toEqual([undefined, undefined])
    })

    test('a peer that never closes is left after the linger time', async () => {
      const { client, server } = await pair()
      const start = performance.now()
      server.link.close()
      await until(() => client.ends === 1)
      await until(() => server.closes === 1)
      expect(performance.now() - start).toBeGreaterThan(900)
      expect(server.error).toBeUndefined()
      client.link.abort()
      await until(() => client.closes === 1)
    })

    test('a peer that does not take the rest is reset after the linger time', async () => {
      const { client, server } = await pair()
      client.link.pause()
      server.link.writeOwned(Buffer.alloc(MORE_THAN_THE_KERNEL_TAKES, 1))
      server.link.close()
      await until(() => server.closes === 1)
      client.link.resume()
      await until(() => client.closes === 1)
      expect(client.error?.kind).toBe('reset')
    })

    test('abort() resets: the peer is told, we hear nothing more', async () => {
      const { client, server } = await pair()
      client.link.write(latin1('bytes in flight'))
      server.link.abort()
      await until(() => client.closes === 1 && server.closes === 1)
      expect(client.error?.kind).toBe('reset')
      expect([server.error, server.bytes, server.ends]).toEqual([undefined, 0, 0])
      server.link.abort()
      expect(server.link.write(latin1('into the void'))).toBe(true)
      client.link.close()
      client.link.end()
    })

    test('abort() resets also behind an end() that waits for its queue', async () => {
      const { client, server } = await pair()
      client.link.pause()
      server.link.writeOwned(Buffer.alloc(MORE_THAN_THE_KERNEL_TAKES, 1))
      server.link.end()
      server.link.abort()
      await until(() => server.closes === 1)
      client.link.resume()
      await until(() => client.closes === 1)
      expect(client.error?.kind).toBe('reset')
      expect(client.ends).toBe(0)
    })

    test('a sink may abort in onBytes, and hears only onClosed after it', async () => {
      const { client, server } = await pair()
      const { onBytes } = server
      server.onBytes = function (bytes) {
        onBytes.call(server, bytes)
        server.link.abort()
      }
      client.link.write(Buffer.alloc(MB, 1))
      await until(() => server.closes === 1 && client.closes === 1)
      expect(server.bytes).toBeLessThanOrEqual(64 * 1024)
      expect(server.ends).toBe(0)
    })

    test('sinks are swapped by assignment', async () => {
      const { client, server } = await pair()
      client.link.write(latin1('one'))
      await until(() => server.text === 'one')
      const second = new RecordingSink(server.link)
      client.link.write(latin1('two'))
      await until(() => second.text === 'two')
      client.link.abort()
      await until(() => second.closes === 1)
      expect([server.text, server.closes]).toEqual(['one', 0])
    })

    test('closing the listener leaves its links', async () => {
      const { client, server } = await pair()
      for (const { listener } of open) listener.close()
      client.link.write(latin1('still'))
      await until(() => server.text === 'still')
    })
  })
}

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
      await expect(listening(transport, { address: 'no-such-host.invalid' })).rejects.toMatchObject({ code: 'address-unusable' })
      await expect(listening(transport, { address: 'fe80::1%nowhere' })).rejects.toMatchObject({ code: 'address-unusable' })
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
      expect((await dialled(transport, { port: listener.port })).error).toMatchObject({ kind: 'refused', message: expect.stringContaining(`${listener.port}`) })
      expect((await dialled(transport, { address: 'no-such-host.invalid', port: 1 })).error).toMatchObject({ kind: 'other' })
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
      const { link, error } = await dialled(make(known('127.0.0.1', '::1')), { address: 'two.example', port, timeoutMs: 10_000 })
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
      expect(error).toMatchObject({ kind: 'refused', message: expect.stringMatching(`127.0.0.1:${port}.*::1\\]?:${port}`) })
    })

    test('a dial that is cancelled between two addresses tells nothing', async () => {
      const port = await deafListener()
      const { listener, links } = await listening(transport, { address: '::1', port })
      let told = 0
      const dial = make(known('127.0.0.1', '::1')).dial({ address: 'two.example', port, timeoutMs: 10_000, tls: undefined },
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
      const dial = transport.dial({ address: '127.0.0.1', port: listener.port, timeoutMs: 100, tls: undefined },
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
        transport.dial({ address: '127.0.0.1', port: listener.port, timeoutMs: 30_000, tls: undefined }, {
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
