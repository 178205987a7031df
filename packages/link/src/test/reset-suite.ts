import net from 'node:net'
import tls from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import type { DialTarget } from '../layer/layered-dial.ts'
import type { TestCertificate } from './test-certificate.ts'
import type { RecordingOptions } from '../testing/recording-sink.ts'
import type { Transport } from '../transport.ts'
import { dialled, latin1, listening, RecordingSink, until } from '../testing/recording-sink.ts'

/** Each loss is a race: it is run so often. */
const TIMES = 30
const KB = 1024

/** A peer that is not ours, so that it can say something and reset within one turn of the loop. */
interface Peer {
  readonly socket: net.Socket
  /** Under `socket`, or the same. */
  readonly raw: net.Socket
}

/**
 * What every transport promises of a peer's last bytes: that they arrive before its reset is told. Run it with the
 * options of `describeLinks`, and the certificate of encrypted ones.
 */
export const describeResets = (
  name: string,
  transport: Transport,
  listen: RecordingOptions,
  dial: Partial<DialTarget>,
  certificate?: TestCertificate
): void => {
  const encrypted = certificate !== undefined
  const open: { destroy (): void }[] = []

  /** Our link, dialled to a peer. */
  const toPeer = async (): Promise<{ peer: Peer, ours: RecordingSink }> => {
    const server = certificate === undefined
      ? net.createServer()
      : tls.createServer({ cert: certificate.cert, key: certificate.key })
    const sockets: net.Socket[] = []
    const raws: net.Socket[] = []
    server.on('connection', (raw: net.Socket) => {
      raw.setNoDelay(true)
      raws.push(raw)
    })
    server.on(encrypted ? 'secureConnection' : 'connection', (socket: net.Socket) => {
      socket.on('error', () => {})
      sockets.push(socket)
    })
    await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
    const { link, error } = await dialled(transport, { ...dial, port: (server.address() as net.AddressInfo).port })
    if (link === undefined) throw new Error(error.message)
    const ours = new RecordingSink(link)
    await until(() => sockets.length === 1)
    server.close()
    return { peer: track({ socket: sockets[0]!, raw: raws[0]! }), ours }
  }

  /** Our link, accepted from a peer. */
  const fromPeer = async (): Promise<{ peer: Peer, ours: RecordingSink }> => {
    const { listener, links } = await listening(transport, listen)
    const raw = net.connect({ port: listener.port, host: '127.0.0.1', noDelay: true })
    const socket = encrypted ? tls.connect({ socket: raw, rejectUnauthorized: false }) : raw
    socket.on('error', () => {})
    await until(() => links.length === 1)
    if (encrypted) await until(() => (socket as tls.TLSSocket).getProtocol() !== null)
    listener.close()
    return { peer: track({ socket, raw }), ours: links[0]! }
  }

  const track = (peer: Peer): Peer => {
    open.push(peer.socket, peer.raw)
    return peer
  }

  /**
   * Say something and reset, with nothing in between: the kernel on our side has both before we read. Without Nagle's
   * algorithm, or the reset would overtake.
   */
  const sayAndReset = ({ socket, raw }: Peer, bytes: Uint8Array): void => {
    socket.write(bytes)
    raw.resetAndDestroy()
  }

  describe(name, () => {
    afterEach(() => { for (const each of open.splice(0)) each.destroy() })

    for (const [whose, connect] of [['a server', toPeer], ['a client', fromPeer]] as const) {
      test(`the last bytes of ${whose} that resets arrive, and its reset after them`, async () => {
        for (let i = 0; i < TIMES; i++) {
          const { peer, ours } = await connect()
          sayAndReset(peer, latin1('last words'))
          await until(() => ours.closes === 1)
          expect([ours.text, ours.ends, ours.error?.kind]).toEqual(['last words', 0, 'reset'])
        }
      })

      test(`they arrive also when we write to ${whose} before we read`, async () => {
        for (let i = 0; i < TIMES; i++) {
          const { peer, ours } = await connect()
          sayAndReset(peer, latin1('last words'))
          ours.link.write(latin1('too late'))
          if (i % 2 === 1) ours.link.writeOwned(latin1('much too late'))
          await until(() => ours.closes === 1)
          expect([ours.text, ours.ends, ours.error?.kind]).toEqual(['last words', 0, 'reset'])
          expect(ours.link.queued).toBe(0)
        }
      })

      test(`they arrive also when much that we wrote to ${whose} is under way`, async () => {
        for (let i = 0; i < TIMES; i++) {
          const { peer, ours } = await connect()
          peer.socket.pause()
          while (ours.link.write(Buffer.alloc(64 * KB, 1)));
          await until(() => ours.link.queued > 0)
          if (i % 2 === 1) ours.link.end()
          sayAndReset(peer, latin1('last words'))
          await until(() => ours.closes === 1)
          expect([ours.text, ours.ends, ours.error?.kind]).toEqual(['last words', 0, 'reset'])
        }
      })

      test(`they wait for us where we have stopped reading ${whose}`, async () => {
        // What is said on a second link behind the reset arrives behind it: by then we would have heard of the reset.
        const beacon = await connect()
        for (let i = 0; i < TIMES; i++) {
          const { peer, ours } = await connect()
          ours.link.pause()
          const last = Buffer.alloc(i % 3 === 0 ? 10 : 30 * KB, 97 + i % 26)
          sayAndReset(peer, last)
          if (i % 2 === 0) ours.link.write(latin1('too late'))
          beacon.peer.socket.write(latin1('.'))
          await until(() => beacon.ours.bytes === i + 1)
          expect([ours.bytes, ours.closes]).toEqual([0, 0])
          ours.link.resume()
          await until(() => ours.closes === 1)
          expect([ours.all.equals(last), ours.ends, ours.error?.kind]).toEqual([true, 0, 'reset'])
        }
      })

      test(`they arrive in order when we stop reading ${whose} at every chunk`, async () => {
        for (let i = 0; i < TIMES; i++) {
          const { peer, ours } = await connect()
          const { onBytes } = ours
          ours.onBytes = bytes => {
            onBytes.call(ours, bytes)
            ours.link.pause()
            setTimeout(() => { ours.link.resume() }, 1)
          }
          const last = Buffer.from(Array.from({ length: 40 * KB }, (_, at) => at * 7 % 251))
          sayAndReset(peer, last)
          ours.link.write(latin1('too late'))
          await until(() => ours.closes === 1)
          expect([ours.all.equals(last), ours.ends, ours.error?.kind]).toEqual([true, 0, 'reset'])
        }
      })

      test(`they arrive also when we read ${whose} again only when it has taken what we wrote`, async () => {
        for (let i = 0; i < TIMES; i++) {
          const { peer, ours } = await connect()
          peer.socket.pause()
          while (ours.link.write(Buffer.alloc(64 * KB, 1)));
          await until(() => ours.link.queued > 0)
          ours.link.pause()
          ours.onDrained = () => { ours.link.resume() }
          sayAndReset(peer, latin1('last words'))
          await until(() => ours.closes === 1)
          expect([ours.text, ours.ends, ours.error?.kind]).toEqual(['last words', 0, 'reset'])
        }
      })

      test(`${whose} that has ended and then resets is told when we write`, async () => {
        for (let i = 0; i < TIMES; i++) {
          const { peer, ours } = await connect()
          peer.socket.end('last words')
          await until(() => ours.ends === 1)
          peer.raw.resetAndDestroy()
          ours.link.write(latin1('too late'))
          // The first write may still be taken, if the reset comes behind it.
          await until(() => {
            ours.link.write(latin1('too late'))
            return ours.closes === 1
          })
          expect([ours.text, ours.ends, ours.error?.kind]).toEqual(['last words', 1, 'reset'])
        }
      })

      test(`what ${whose} said last is nobody's when we close or abort meanwhile`, async () => {
        for (let i = 0; i < TIMES; i++) {
          const { peer, ours } = await connect()
          sayAndReset(peer, latin1('last words'))
          ours.link.write(latin1('too late'))
          if (i % 2 === 0) ours.link.close()
          else ours.link.abort()
          await until(() => ours.closes === 1)
          expect([ours.text, ours.ends]).toEqual(['', 0])
        }
      })
    }
  })
}
