// HAProxy in front of Weir and behind it, with the PROXY protocol between them.
import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { runProgram } from '../support/balancer-program.ts'
import { certificateFor } from '../support/certificate.ts'
import { clientInfoProtocol, tunnelProtocol } from '../support/client-info-protocol.ts'
import { describeWithHaproxy } from '../support/describe-with.ts'
import { around, atEnd, startEngine, TestClient, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'

const DEFAULTS = 'defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n'
const vserver = { name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb' }

describeWithHaproxy('HAProxy', haproxy => {
  const run = async (config: string, port: number, files: Readonly<Record<string, string>> = {}): Promise<void> => {
    await runProgram(haproxy, ['-db', '-f', 'DIR/haproxy.cfg'], { 'haproxy.cfg': `${DEFAULTS}${config}`, ...files }, { port })
  }
  /** A Weir behind HAProxy, on loopback. */
  const behind = async (): Promise<EngineBench> =>
    await startEngine({
      ...around(clientInfoProtocol, [await TestServer.listen()]),
      userVservers: [{ ...vserver, proxyProtocol: { from: ['127.0.0.1'] }, allowFrom: ['127.0.0.1'] }]
    })
  const closed = (
    bench: EngineBench,
    reason: 'client-closed' | 'client-reset' | 'proxy-silent' | 'proxy-failed'
  ): number => bench.engine.stats().userVservers['v']!.closed[reason] ?? 0

  test.each(['send-proxy', 'send-proxy-v2'])('in front with %s: the client is the client', async option => {
    const bench = await behind()
    const port = await freePort()
    await run(`listen front\n  bind 127.0.0.1:${port}\n  server weir 127.0.0.1:${bench.port()} ${option}\n`, port)
    const client = new TestClient(port, { from: '127.0.0.9' })
    await client.gets('\n')
    const told = JSON.parse(client.text) as object
    expect(told).toMatchObject({
      address: '127.0.0.9',
      port: client.socket.localPort,
      proxied: { by: { address: '127.0.0.1' }, version: option === 'send-proxy' ? 1 : 2 }
    })
    expect(bench.engine.connections({ client: '127.0.0.9' })).toHaveLength(1)
  })

  test('in front with TLS: name, protocol, unique ID and the certificate of the client come along, under a checksum', async () => {
    const bench = await behind()
    const port = await freePort()
    const [server, device] = [await certificateFor('broker.test'), await certificateFor('meter-7')]
    await run(`listen front
  bind 127.0.0.1:${port} ssl crt DIR/server.pem alpn mqtt ca-file DIR/device.pem verify optional crt-ignore-err all ca-ignore-err all
  unique-id-format %ci-%cp
  server weir 127.0.0.1:${bench.port()} send-proxy-v2 proxy-v2-options ssl,cert-cn,ssl-cipher,cert-sig,cert-key,authority,crc32c,unique-id
`,
      port,
      { 'server.pem': `${server.cert}\n${server.key}`, 'device.pem': device.cert }
    )
    const socket = connectTls({
      host: '127.0.0.1',
      port,
      servername: 'broker.test',
      ALPNProtocols: ['mqtt'],
      rejectUnauthorized: false,
      ...device
    })
    atEnd(() => {
      socket.destroy()
    })
    const [bytes] = await once(socket, 'data') as [Buffer]
    const told = JSON.parse(bytes.toString()) as {
      port: number
      serverName: string
      alpn: string
      proxied: { uniqueId: string }
    }
    expect(told).toMatchObject({
      serverName: 'broker.test',
      proxied: {
        authority: 'broker.test',
        alpn: 'mqtt',
        tls: {
          certificate: true,
          verified: true,
          version: 'TLSv1.3',
          commonName: 'meter-7',
          keyAlgorithm: 'EC256',
          signatureAlgorithm: 'ecdsa-with-SHA256'
        }
      }
    })
    expect(Buffer.from(told.proxied.uniqueId, 'hex').toString()).toBe(`127.0.0.1-${told.port}`)
  })

  test('health checks say LOCAL, or nothing at all, and are no clients and no faults', async () => {
    const bench = await behind()
    const port = await freePort()
    await run(`listen says\n  bind 127.0.0.1:${port}\n  server weir 127.0.0.1:${bench.port()} send-proxy-v2 check inter 100ms\n`, port)
    // It goes while it is told something.
    await until(() => closed(bench, 'client-reset') + closed(bench, 'client-closed') > 1, 'checks that say LOCAL')
    expect(closed(bench, 'proxy-failed')).toBe(0)
    // A check that only connects is over before the kernel hands its connection on; one that waits for a word is not.
    const other = await behind()
    const silent = await freePort()
    await run(`listen silent\n  bind 127.0.0.1:${silent}\n  timeout check 500ms\n  option tcp-check\n  tcp-check connect\n  tcp-check expect string never\n  server weir 127.0.0.1:${other.port()} send-proxy-v2 check inter 100ms\n`, silent)
    await until(() => closed(other, 'proxy-silent') > 1, 'checks that say nothing')
    expect(closed(other, 'proxy-failed')).toBe(0)
  })

  test.each(['v1', 'v2'] as const)(
    'behind Weir, with a header of %s: it sees the client, and in version 2 its name and our ID',
    async version => {
      const port = await freePort()
      await run(
        `frontend web
  mode http
  bind 127.0.0.1:${port} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst] %[dst_port] %[fc_pp_authority] %[fc_pp_unique_id]"
`,
        port
      )
      const bench = await startEngine({
        ...around(tunnelProtocol, [{ port }]),
        certkeys: [{ name: 'red', ...await certificateFor('red.test') }],
        userProtocols: [{ name: 'S', transport: 'ssl', extension: 'ext' }],
        services: [{ name: 's1', address: '127.0.0.1', port, proxyProtocol: version }],
        userVservers: [{ ...vserver, protocol: 'S', certificates: ['red'] }]
      })
      const socket = connectTls({
        host: '127.0.0.1',
        port: bench.port(),
        servername: 'red.test',
        rejectUnauthorized: false
      })
      atEnd(() => {
        socket.destroy()
      })
      let text = ''
      socket.on('data', bytes => {
        text += String(bytes)
      })
      await once(socket, 'secureConnect')
      await until(() => bench.engine.connections({}).length === 1, 'the client')
      const { id } = bench.engine.connections({})[0]!
      socket.write('GET / HTTP/1.0\r\n\r\n')
      await once(socket, 'end')
      expect(text.split('\r\n\r\n')[1]).toBe(
        `127.0.0.1 ${socket.localPort} 127.0.0.1 ${bench.port()} ${version === 'v1' ? ' ' : `red.test ${id}`}`
      )
    }
  )
})
