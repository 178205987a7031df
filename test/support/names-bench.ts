// An engine whose ws vserver leads WebSockets and requests by their names.
import { request } from 'node:http'
import type { ConfigInput } from '@weirlb/model'
import type { SessionDirectory } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { around, atEnd, startEngine, TestServer, type EngineBench } from './engine-bench.ts'
import { web } from './http-bench.ts'
import { lineProtocol } from './line-protocol.ts'
import { BINARY, frame, RawWebSocket } from './raw-websocket.ts'

/** A GLB as it is written. */
export type Glb = NonNullable<ConfigInput['glbs']>[number]

/**
 * A ws vserver with servers `one`, `two`, `three` for its WebSockets, and `wone`, `wtwo`, `wthree` for requests; each
 * is the only service of the LB vserver of its name.
 */
export class NamesBench {
  readonly bench: EngineBench
  private constructor (bench: EngineBench) { this.bench = bench }

  static async start (
    glbs: readonly Glb[],
    change: Partial<ConfigInput> = {},
    { source = lineProtocol(), sessions }: { source?: string, sessions?: SessionDirectory } = {}
  ): Promise<NamesBench> {
    const names = ['one', 'two', 'three']
    const lines = await Promise.all(
      names.map(async name => ({ name, port: (await TestServer.listen(() => `${name}\n`)).port }))
    )
    const pages = await Promise.all(names.map(async name => ({
      name: `w${name}`,
      port: (await web((_, response) => {
        response.end(`w${name}`)
      })).port
    })))
    const services = [
      ...lines.map(at => ({ ...at, type: 'USER_TCP' as const })),
      ...pages.map(at => ({ ...at, type: 'HTTP' as const }))
    ]
    return new NamesBench(
      await startEngine(
        around(source, [], {
          userProtocols: [{ name: 'P', transport: 'ws', extension: 'ext' }],
          services: services.map(service => ({ ...service, address: '127.0.0.1', monitors: [{ type: 'tcp' }] })),
          lbVservers: services.map(({ name, type }) => ({ name, type, services: [{ name }] })),
          glbs,
          userVservers: [{
            name: 'v',
            protocol: 'P',
            address: '127.0.0.1',
            port: 0,
            defaultLb: 'one',
            http: { defaultLb: 'wone' },
            glbs: glbs.map(({ name }) => name)
          }],
          ...change
        }),
        sessions === undefined ? {} : { sessions }
      )
    )
  }

  /** The name of the server that a WebSocket of this host reaches. */
  async socket (host: string, path = '/'): Promise<string> { return await says(await this.open(host, path)) }

  async open (host: string, path = '/'): Promise<RawWebSocket> {
    const socket = await RawWebSocket.open(this.bench.port(), path, { Host: host })
    atEnd(() => { socket.socket.destroy() })
    return socket
  }

  /** The answer to a request for this host. */
  async page (host: string, path = '/'): Promise<string> {
    return await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: this.bench.port(), path, headers: { Host: host }, agent: false }, response => {
        let body = response.statusCode === 200 ? '' : `${response.statusCode} `
        response.setEncoding('utf8').on('data', chunk => { body += chunk }).on('end', () => { resolve(body.trim()) })
      }).on('error', reject).end()
    })
  }

  health (states: Readonly<Record<string, 'up' | 'down'>>): void {
    for (const [service, state] of Object.entries(states)) this.bench.engine.setServiceHealth(service, state)
  }
}

/** The server's answer to one more line. */
export const says = async (socket: RawWebSocket, line = 'hello'): Promise<string> => {
  const before = socket.data.length
  socket.socket.write(frame(BINARY, `${line}\n`))
  await until(() => socket.data.length > before, 'an answer')
  return socket.data.subarray(before).toString().trim()
}
