// nginx in front of Weir and behind it, with the PROXY protocol between them.
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { runProgram } from '../support/balancer-program.ts'
import { clientInfoProtocol, tunnelProtocol } from '../support/client-info-protocol.ts'
import { describeWithNginx } from '../support/describe-with.ts'
import { around, startEngine, TestClient, TestServer } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'

const MAIN = 'load_module /usr/lib/nginx/modules/ngx_stream_module.so;\ndaemon off;\nmaster_process off;\npid DIR/pid;\nerror_log stderr notice;\nevents {}\n'
const vserver = { name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb' }

describeWithNginx('nginx', nginx => {
  const run = async (config: string, port: number): Promise<void> => {
    await runProgram(
      nginx,
      ['-p', 'DIR', '-e', 'stderr', '-c', 'DIR/nginx.conf'],
      { 'nginx.conf': `${MAIN}${config}` },
      { port }
    )
  }

  test('in front: the client is the client', async () => {
    const bench = await startEngine({
      ...around(clientInfoProtocol, [await TestServer.listen()]),
      userVservers: [{ ...vserver, proxyProtocol: { from: ['127.0.0.1'] } }]
    })
    const port = await freePort()
    await run(
      `stream { server { listen 127.0.0.1:${port}; proxy_pass 127.0.0.1:${bench.port()}; proxy_protocol on; } }\n`,
      port
    )
    const client = new TestClient(port, { from: '127.0.0.9' })
    await client.gets('\n')
    expect(JSON.parse(client.text)).toMatchObject({
      address: '127.0.0.9',
      port: client.socket.localPort,
      proxied: { by: { address: '127.0.0.1' }, version: 1 }
    })
  })

  test('in front, behind another balancer whose client has IPv6: it writes an IPv4 destination, and the client is the client', async () => {
    const bench = await startEngine({
      ...around(clientInfoProtocol, [await TestServer.listen()]),
      userVservers: [{ ...vserver, proxyProtocol: { from: ['127.0.0.1'] } }]
    })
    const port = await freePort()
    await run(`stream { server { listen 127.0.0.1:${port} proxy_protocol; set_real_ip_from 127.0.0.1; proxy_pass 127.0.0.1:${bench.port()}; proxy_protocol on; } }\n`, port)
    const client = new TestClient(port)
    client.socket.write('PROXY TCP6 2001:db8::7 2001:db8::1 4711 1883\r\n')
    await client.gets('\n')
    expect(JSON.parse(client.text)).toMatchObject({ address: '2001:db8::7', port: 4711, proxied: { version: 1 } })
  })

  test.each(['v1', 'v2'] as const)('behind Weir, with a header of %s: it sees the client', async version => {
    const port = await freePort()
    const text = '$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port'
    await run(
      `http { access_log off; client_body_temp_path DIR/b; proxy_temp_path DIR/p; fastcgi_temp_path DIR/f; uwsgi_temp_path DIR/u; scgi_temp_path DIR/s;
      server { listen 127.0.0.1:${port} proxy_protocol; location / { return 200 "${text}"; } } }\n`,
      port
    )
    const bench = await startEngine({
      ...around(tunnelProtocol, [{ port }]),
      services: [{ name: 's1', address: '127.0.0.1', port, proxyProtocol: version }],
      userVservers: [vserver]
    })
    const client = new TestClient(bench.port(), { from: '127.0.0.9' })
    client.socket.write('GET / HTTP/1.0\r\n\r\n')
    await once(client.socket, 'end')
    expect(client.text.split('\r\n\r\n')[1]).toBe(`127.0.0.9 ${client.socket.localPort} 127.0.0.1 ${bench.port()}`)
  })
})
