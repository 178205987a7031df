import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createNodeTransport } from '../../node/node-transport.ts'
import { until } from '../../testing/recording-sink.ts'
import type { RequestLane } from '../exchange.ts'
import { HttpOrigin } from './http-origin.ts'

let server: Server
let origin: HttpOrigin
/** Connections that the server has seen, and requests that it has not answered. */
let accepted: Socket[]
let asked: ServerResponse[]

const originOf = (port: number): HttpOrigin =>
  new HttpOrigin(createNodeTransport(), {
    address: '127.0.0.1',
    port,
    timeoutMs: 10_000,
    nodeSockets: true,
    layers: []
  })

beforeEach(async () => {
  accepted = []
  asked = []
  server = createServer({ keepAliveTimeout: 0 }, (_request, response) => { asked.push(response) })
  server.on('connection', socket => { accepted.push(socket) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = originOf((server.address() as AddressInfo).port)
})
afterEach(() => {
  origin.close()
  server.closeAllConnections()
  server.close()
})

/** Send a request, and give its connection back as an exchange does; resolves with the status, or the error's name. */
const ask = async (lane: RequestLane): Promise<number | string> => await new Promise(resolve => {
  let status = 0
  lane.dispatch({ method: 'GET', path: '/' }, {
    onRequestStart () {},
    onResponseStart (_controller, code) { status = code },
    onResponseData () {},
    onResponseEnd () {
      lane.release()
      resolve(status)
    },
    onResponseError (_controller, error) {
      lane.drop()
      resolve(error.name)
    }
  })
})
const answer = async (): Promise<void> => {
  await until(() => asked.length > 0, 'a request')
  asked.shift()!.end('x')
}

test('a connection stays for the next request, and each one under way has its own', async () => {
  const first = ask(origin.lane())
  await answer()
  expect(await first).toBe(200)
  const second = [ask(origin.lane()), ask(origin.lane())]
  await answer()
  await answer()
  expect(await Promise.all(second)).toEqual([200, 200])
  expect([accepted.length, origin.size]).toEqual([2, 2])
})

test('the connection that was used last is taken first', () => {
  const [one, two] = [origin.lane(), origin.lane()]
  one.release()
  two.release()
  expect([origin.lane(), origin.lane()]).toEqual([two, one])
})

test('an idle connection that its server closes is forgotten, whichever it is', async () => {
  const all = [ask(origin.lane()), ask(origin.lane()), ask(origin.lane())]
  for (const _ of all) await answer()
  await Promise.all(all)
  accepted[1]!.destroy()
  await until(() => origin.size === 2, 'it to be forgotten')
  const rest = [ask(origin.lane()), ask(origin.lane())]
  for (const _ of rest) await answer()
  expect(await Promise.all(rest)).toEqual([200, 200])
  expect([accepted.length, origin.size]).toEqual([3, 2])
})

test('a request that fails takes its connection with it', async () => {
  const broken = ask(origin.lane())
  await until(() => asked.length === 1, 'the request')
  accepted[0]!.destroy()
  expect(await broken).toBe('SocketError')
  expect(origin.size).toBe(0)
})

test('a server that cannot be reached leaves nothing behind', async () => {
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const absent = originOf(port)
  expect(await ask(absent.lane())).toBe('Unreachable')
  expect(absent.size).toBe(0)
  absent.close()
})

test('closing closes idle connections, and lets a request end', async () => {
  const [idle, busy] = [ask(origin.lane()), ask(origin.lane())]
  await answer()
  await Promise.race([idle, busy])
  origin.close()
  await until(() => accepted.filter(socket => socket.destroyed).length === 1, 'the idle one to be closed')
  await answer()
  expect(await Promise.all([idle, busy])).toEqual([200, 200])
  await until(() => accepted.every(socket => socket.destroyed), 'both to be closed')
})
