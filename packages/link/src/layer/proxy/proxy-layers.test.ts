import net from 'node:net'
import { describe, expect, test } from 'vitest'
import type { ByteLink } from '../../byte-link.ts'
import type { Transport } from '../../transport.ts'
import { createNodeTransport } from '../../node/node-transport.ts'
import { listening, until } from '../../testing/recording-sink.ts'
import { describeLinks } from '../../test/links-suite.ts'
import { testCertificate } from '../../test/test-certificate.ts'
import { availability } from '../../uring/availability.ts'
import { createUringTransport } from '../../uring/uring-transport.ts'
import { dial } from '../layered-dial.ts'
import { TlsDialLayer } from '../tls/tls-dial-layer.ts'
import { TlsServerLayer } from '../tls/tls-server-layer.ts'
import { ProxyDialLayer } from './proxy-dial-layer.ts'
import { ProxyServerLayer } from './proxy-server-layer.ts'

const transports: [string, Transport][] = [['the node transport', createNodeTransport()]]
const { loop } = availability()
if (loop !== undefined) transports.push(['the uring transport', createUringTransport(loop)])
const certificate = await testCertificate(['localhost'])

const proxied = new ProxyServerLayer({ from: ['127.0.0.1'], timeoutSeconds: 0.3 })
const listen = { layers: [proxied] }
const dials = { layers: [new ProxyDialLayer('v2')] }

for (const [name, transport] of transports) describeLinks(`links behind the PROXY protocol on ${name}`, transport, { ...listen, nodeSockets: false }, { ...dials, nodeSockets: false })
describeLinks('links on TLS behind the PROXY protocol', createNodeTransport(),
  { layers: [proxied, new TlsServerLayer({ certificates: [certificate] })] },
  { layers: [new ProxyDialLayer('v1'), new TlsDialLayer({ serverName: 'localhost', verify: 'full', ca: certificate.cert })] })

const LINE = 'PROXY TCP4 192.0.2.1 198.51.100.2 12345 1883\r\n'

describe.each(transports)('a header on %s', (_, transport) => {
  const start = async () => await listening(transport, { ...listen, nodeSockets: false })
  const say = (port: number): net.Socket =>
    net.connect({ port, host: '127.0.0.1', noDelay: true }).on('error', () => {})

  test('is read wherever it is cut, and what follows it arrives once and is all that counts', async () => {
    for (let cut = 1; cut < LINE.length + 4; cut++) {
      const { listener, links, failures } = await start()
      const socket = say(listener.port)
      const all = `${LINE}rest`
      socket.write(all.slice(0, cut), () => { setImmediate(() => { socket.write(all.slice(cut)) }) })
      await until(() => links[0]?.text === 'rest')
      const { link } = links[0]!
      expect(link.peer).toMatchObject({
        address: '192.0.2.1',
        port: 12345,
        local: { address: '198.51.100.2', port: 1883 },
        proxied: { by: { address: '127.0.0.1' }, version: 1 }
      })
      expect([link.bytesRead, failures]).toEqual([4, []])
      link.abort()
      listener.close()
    }
  })

  test('in one piece with bytes and the end behind it', async () => {
    const { listener, links } = await start()
    say(listener.port).end(`${LINE}rest`)
    await until(() => links[0]?.ends === 1)
    expect(links[0]!.text).toBe('rest')
    links[0]!.link.abort()
    listener.close()
  })

  test('in one piece with bytes and a reset behind it', async () => {
    const { listener, links } = await start()
    const socket = say(listener.port)
    socket.write(`${LINE}rest`, () => { socket.resetAndDestroy() })
    await until(() => links[0]?.closes === 1)
    expect(links[0]!.text).toBe('rest')
    listener.close()
  })

  test.each([
    ['other bytes', 'GET / HTTP/1.1\r\n\r\n', 'expected a header'],
    ['an end inside of the header', LINE.slice(0, 20), 'inside of its header, after 20 bytes'],
    ['nothing', '', 'before its header']
  ])('%s instead of it close the client', async (_what, bytes, why) => {
    const { listener, links, failures } = await start()
    const socket = say(listener.port).resume()
    socket.end(bytes)
    await until(() => failures.length === 1 && socket.closed)
    expect([failures[0], links]).toEqual([{ address: '127.0.0.1', message: expect.stringContaining(why) }, []])
    listener.close()
  })

  test('that does not come in time closes the client, whatever comes meanwhile', async () => {
    const { listener, failures } = await start()
    const socket = say(listener.port).resume()
    let sent = 0
    const drip = setInterval(() => { socket.write(LINE.charAt(sent++)) }, 20)
    await until(() => failures.length === 1 && socket.closed)
    clearInterval(drip)
    expect(failures[0]!.message).toMatch(/no whole header within 0.3 s, after \d+ bytes/)
    listener.close()
  })

  test('of a stranger is not read', async () => {
    const { listener, links } = await listening(transport, {
      layers: [new ProxyServerLayer({ from: ['192.0.2.0/24'], timeoutSeconds: 3 })],
      nodeSockets: false
    })
    say(listener.port).write(LINE)
    await until(() => links[0]?.text === LINE)
    expect(links[0]!.link.peer).toMatchObject({ address: '127.0.0.1', proxied: undefined })
    links[0]!.link.abort()
    listener.close()
  })

  test('goes out before a byte of ours, in one piece with what is written at once, and says who we are where there is no client', async () => {
    const seen: string[] = []
    const server = net.createServer(socket => {
      socket.on('data', bytes => {
        seen.push(bytes.toString('latin1'))
      }).on('error', () => {})
    })
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as net.AddressInfo
    let link: ByteLink | undefined
    dial(transport, { address: '127.0.0.1', port, timeoutMs: 10_000, layers: [new ProxyDialLayer('v1')] }, {
      onConnected (made) {
        link = made
        made.write(Buffer.from('hello'))
      },
      onFailed ({ message }) { throw new Error(message) }
    }, undefined)
    await until(() => seen.join('').includes('hello'))
    expect(seen).toEqual([`PROXY TCP4 127.0.0.1 127.0.0.1 ${link!.local!.port} ${port}\r\nhello`])
    link!.abort()
    server.close()
  })
})
