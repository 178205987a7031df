// A Weir with a user vserver for MQTT over WebSocket, one for HTTP and one for raw TLS, whose clients managed checks
// look at.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import type { EntityStatus, ManagedCheckInput } from '@weirlb/admin/client'
import { web } from './http-bench.ts'
import type { WeirProcess } from './weir-process.ts'

export interface Asking {
  readonly method?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}
export interface Answered {
  readonly status: number
  readonly body: string
  readonly cookie: string | undefined
}

const PROOF_BITS = 8

/** The vservers `mqtt`, `web` and `raw`, and what their clients send. */
export class ManagedBench {
  readonly weir: WeirProcess
  /** Bodies that the server has got. */
  readonly bodies: string[] = []

  private constructor (weir: WeirProcess) { this.weir = weir }

  /** Set up a Weir whose configuration is empty. */
  static async on (weir: WeirProcess): Promise<ManagedBench> {
    const bench = new ManagedBench(weir)
    const { port } = await web((request, response) => { void text(request).then(body => { bench.bodies.push(body); response.end('served') }) })
    const { api } = weir
    await api.call('createExtension', { body: { name: 'mqtt', builtin: 'mqtt' } })
    await api.call('createUserProtocol', { body: { name: 'MQTT', transport: 'ws', extension: 'mqtt' } })
    await api.call('createUserProtocol', { body: { name: 'RAW', transport: 'tcp', extension: 'mqtt' } })
    await api.call('createUserProtocol', { body: { name: 'WEB', transport: 'http' } })
    await api.call('createService', { body: { name: 's', address: '127.0.0.1', port, monitors: [] } })
    await api.call('createService', { body: { name: 'web', type: 'HTTP', address: '127.0.0.1', port, monitors: [] } })
    await api.call('createLbVserver', { body: { name: 'lb', services: [{ name: 's' }] } })
    await api.call('createLbVserver', { body: { name: 'web', type: 'HTTP', services: [{ name: 'web' }] } })
    const listen = { address: '127.0.0.1', port: 0, floods: { proofBits: PROOF_BITS } }
    await api.call('createUserVserver', { body: { name: 'mqtt', protocol: 'MQTT', defaultLb: 'lb', ...listen } })
    await api.call('createUserVserver', { body: { name: 'raw', protocol: 'RAW', defaultLb: 'lb', ...listen } })
    await api.call('createUserVserver', { body: { name: 'web', protocol: 'WEB', defaultLb: 'web', ...listen } })
    return bench
  }

  /** Make the managed check `edge`. */
  async check (more: Partial<ManagedCheckInput>): Promise<void> {
    await this.weir.api.call('createManagedCheck', {
      body: { name: 'edge', group: 'ws-upgrade', ...more } as ManagedCheckInput
    })
  }

  /** Returns the status of the managed check `edge`. */
  async managed (): Promise<EntityStatus | undefined> {
    return (await this.weir.api.call('getManagedCheck', { path: { name: 'edge' } })).body.status
  }

  async patch (body: Partial<Omit<ManagedCheckInput, 'name'>>): Promise<void> {
    await this.weir.api.call('patchManagedCheck', { path: { name: 'edge' }, body })
  }

  /** Counters of one of its checks. */
  async counted (
    id: string
  ): Promise<{ readonly matched: number, readonly blocked: number, readonly challenged: number } | undefined> {
    return (await this.weir.api.call('getStats')).body.rules[`edge/${id}`]
  }

  /** Status of an upgrade with these headers in place of the usual ones; `undefined` leaves one out. */
  async upgrade (headers: Readonly<Record<string, string | undefined>> = {}): Promise<number> {
    const all = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-protocol': 'mqtt',
      ...headers
    }
    const request = httpRequest({
      port: await this.weir.api.port('mqtt'),
      host: '127.0.0.1',
      path: '/mqtt',
      agent: false,
      headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >
    })
    request.end()
    return await new Promise((resolve, reject) => {
      request.on('upgrade', (_response, socket) => { socket.destroy(); resolve(101) })
      request.on('response', response => { response.resume(); resolve(response.statusCode!) })
      request.on('error', reject)
    })
  }

  /** What a request to `web` gets, on a connection of its own. */
  async ask (path: string, { method = 'GET', body, headers }: Asking = {}): Promise<Answered> {
    const request = httpRequest({
      port: await this.weir.api.port('web'),
      host: '127.0.0.1',
      path,
      method,
      agent: false,
      headers: { host: 'shop.example', 'user-agent': 'Mozilla/5.0', accept: '*/*', ...headers }
    })
    request.end(body)
    const [response] = await once(request, 'response') as [IncomingMessage]
    return {
      status: response.statusCode!,
      body: await text(response),
      cookie: response.headers['set-cookie']?.[0]?.split(';')[0]
    }
  }

  async status (path: string, asking: Asking = {}): Promise<number> { return (await this.ask(path, asking)).status }

  /** Passes the challenge of a page. Returns the cookie that says so. */
  async pass (page: string): Promise<string> {
    const puzzle = /data-puzzle="([^"]+)"/.exec(page)![1]!
    let found = 0
    while (Math.clz32(createHash('sha256').update(`${puzzle}:${found}`).digest().readUInt32BE(0)) < PROOF_BITS) found++
    return (await this.ask(`/.well-known/weir/challenge?puzzle=${puzzle}&found=${found}`)).cookie!
  }
}
