// An engine whose ws vserver forwards HTTP requests to servers of the test.
import {
  createServer, request as httpRequest, type IncomingMessage, type RequestListener, type Server
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { RequestInspector } from '@weirlb/engine'
import type { Transport } from '@weirlb/link'
import type { FunctionRuntime } from '@weirlb/sdk/abi'
import type { ConfigInput } from '@weirlb/model'
import { around, atEnd, startEngine, TestClient, TestServer, type EngineBench, type LogLine } from './engine-bench.ts'
import { lineProtocol } from './line-protocol.ts'

/** An HTTP server that ends with the test. */
export const web = async (listener: RequestListener): Promise<{ server: Server, port: number }> => {
  const server = createServer(listener)
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  atEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, port: (server.address() as AddressInfo).port }
}

/** A response, read to its end. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly trailers: IncomingMessage['trailers']
  readonly body: string
}

/** An engine with the user vserver `v` before the HTTP services `w1`, `w2`, …. */
export class HttpBench {
  readonly bench: EngineBench
  private constructor (bench: EngineBench) { this.bench = bench }

  static async start (ports: readonly number[], http: object = {}, options: { requestGraceMs?: number, transport?: Transport, functions?: FunctionRuntime, inspector?: RequestInspector, vserver?: object, more?: Partial<ConfigInput> } = {}): Promise<HttpBench> {
    const lines = await TestServer.listen(chunk => chunk)
    return new HttpBench(await startEngine(around(lineProtocol(), [lines], {
      userProtocols: [{ name: 'P', transport: 'ws', extension: 'ext' }],
      services: [{ name: 's1', address: '127.0.0.1', port: lines.port }, ...ports.map((port, i) => ({ name: `w${i + 1}`, type: 'HTTP' as const, address: '127.0.0.1', port, monitors: [] }))],
      lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'web', type: 'HTTP', services: ports.map((_, i) => ({ name: `w${i + 1}` })) }],
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', http: { defaultLb: 'web', ...http }, ...options.vserver }],
      ...options.more
    }), options))
  }

  get port (): number { return this.bench.port('v') }
  /** Requests by outcome. */
  get requests (): Readonly<Record<string, number | undefined>> {
    return this.bench.engine.stats().userVservers['v']!.requests
  }
  /** Connections by close reason. */
  get closed (): Readonly<Record<string, number | undefined>> {
    return this.bench.engine.stats().userVservers['v']!.closed
  }
  get logged (): LogLine[] {
    return this.bench.log.lines.filter(line => line.message === 'request')
  }

  ask (
    path: string,
    options: { method?: string, headers?: Record<string, string | string[]>, body?: string | Buffer, from?: string } =
      {}
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        host: '127.0.0.1',
        port: this.port,
        path,
        method: options.method ?? 'GET',
        headers: options.headers ?? {},
        localAddress: options.from,
        agent: false
      }, response => {
        text(response).then(body => {
          resolve({ status: response.statusCode!, headers: response.headers, trailers: response.trailers, body })
        }, reject)
      })
      request.on('error', reject)
      request.end(options.body)
    })
  }

  /** Send bytes as they are, and wait until the connection is closed. */
  async raw (bytes: string): Promise<string> {
    const client = new TestClient(this.port)
    client.socket.write(bytes, 'latin1')
    await client.closes()
    return client.text
  }
}
