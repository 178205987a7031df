// A Weir with a user vserver for MQTT over WebSocket and one for HTTP requests, both in front of one HTTP server.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket } from 'ws'
import { atEnd } from './at-end.ts'
import { sharedWeir } from './shared-weir.ts'
import type { WeirProcess } from './weir-process.ts'

/** What a client got in place of a WebSocket, or with it. */
export interface Upgrade { readonly status: number, readonly body: string, readonly retryAfter: string | undefined }

/** A Weir, its user vservers `mqtt` (pool `lb`) and `web` (pool `web`), and what clients of theirs do. */
export interface WebFarm {
  readonly weir: WeirProcess
  /** Send a request to `web`, on a connection of its own. */
  get (path: string, headers?: Record<string, string>): Promise<Response>
  /** Ask `mqtt` for a WebSocket. */
  upgrade (headers?: { readonly origin?: string }): Promise<Upgrade>
}

/** Start it until the test ends; `answer`: what the server does with a request. */
export const startWebFarm = async (workers: number, answer: RequestListener): Promise<WebFarm> => {
  const server = createServer(answer)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => { server.closeAllConnections(); server.close() })
  const weir = await sharedWeir({ workers })
  const { api } = weir
  const { port } = server.address() as AddressInfo
  const at = { address: '127.0.0.1', port }
  await api.call('createExtension', { body: { name: 'mqtt', builtin: 'mqtt' } })
  await api.call('createUserProtocol', { body: { name: 'MQTT', transport: 'ws', extension: 'mqtt' } })
  await api.call('createUserProtocol', { body: { name: 'WEB', transport: 'http' } })
  await api.call('createService', { body: { name: 's', ...at, monitors: [] } })
  await api.call('createService', { body: { name: 'web', type: 'HTTP', ...at, monitors: [] } })
  await api.call('createLbVserver', { body: { name: 'lb', services: [{ name: 's' }] } })
  await api.call('createLbVserver', { body: { name: 'web', type: 'HTTP', services: [{ name: 'web' }] } })
  for (const [name, protocol, defaultLb] of [['mqtt', 'MQTT', 'lb'], ['web', 'WEB', 'web']] as const) {
    await api.call('createUserVserver', { body: { name, protocol, address: '127.0.0.1', port: 0, defaultLb } })
  }
  return {
    weir,
    get: async (path, headers = {}) =>
      await fetch(`http://127.0.0.1:${await api.port('web')}${path}`, { headers: { connection: 'close', ...headers } }),
    upgrade: async headers => await upgradeOf(`ws://127.0.0.1:${await api.port('mqtt')}/mqtt`, headers)
  }
}

const upgradeOf = async (url: string, headers: { readonly origin?: string } = {}): Promise<Upgrade> => await new Promise(resolve => {
  const socket = new WebSocket(url, 'mqtt', headers)
  socket.on('open', () => {
    socket.terminate()
    resolve({ status: 101, body: '', retryAfter: undefined })
  })
  socket.on('error', () => {})
  socket.on('unexpected-response', (_request, response) => {
    let body = ''
    response.on('data', (chunk: Buffer) => { body += chunk.toString() })
    response.on('end', () => { resolve({ status: response.statusCode!, body, retryAfter: response.headers['retry-after'] }) })
  })
})
