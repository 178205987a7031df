// Requests for a WebSocket, answered with the status and the headers of the `ws` library's own server; or refused where
// that takes what the standards forbid.
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { atEnd } from '../support/engine-bench.ts'
import { echoes, withEchoes } from '../support/echo-websockets.ts'
import { RawWebSocket, upgradeRequest } from '../support/raw-websocket.ts'

withEchoes()

interface Answer { readonly status: number, readonly headers: readonly string[] }

const answerTo = async (port: number, request: string): Promise<Answer> => {
  const client = new RawWebSocket(port)
  atEnd(() => { client.socket.destroy() })
  client.socket.write(request, 'latin1')
  await until(() => client.head !== '', 'an answer')
  return { status: client.status, headers: client.head.split('\r\n').filter(line => /^sec-websocket/i.test(line)) }
}

type Headers = Readonly<Record<string, string | undefined>>
const asking = (headers: Headers): string => upgradeRequest('/', headers)
const key = (bytes: number): string => Buffer.alloc(bytes, 0xfb).toString('base64')

describe('as `ws` answers', () => {
  test.each<readonly [what: string, request: string]>([
    ['an ordinary request', asking({})],
    ['names in other letters', asking({ Upgrade: 'WebSocket', Connection: 'upgrade' })],
    ['a list in Connection, as Firefox sends it', asking({ Connection: 'keep-alive, Upgrade' })],
    ['version 8', asking({ 'Sec-WebSocket-Version': '8' })],
    ['version 0', asking({ 'Sec-WebSocket-Version': '0' })],
    ['a list of versions', asking({ 'Sec-WebSocket-Version': '13, 8' })],
    ['a version twice', asking({ 'Sec-WebSocket-Version': '13\r\nSec-WebSocket-Version: 13' })],
    ['a key twice', asking({ 'Sec-WebSocket-Key': `${key(16)}\r\nSec-WebSocket-Key: ${key(16)}` })],
    ['a key of 15 bytes', asking({ 'Sec-WebSocket-Key': key(15) })],
    ['a key of 16 bytes', asking({ 'Sec-WebSocket-Key': key(16) })],
    ['a key of 17 bytes', asking({ 'Sec-WebSocket-Key': key(17) })],
    ['a key without padding', asking({ 'Sec-WebSocket-Key': key(16).replaceAll('=', '') })],
    [
      'a key in the alphabet of URLs',
      asking({ 'Sec-WebSocket-Key': key(16).replaceAll('+', '-').replaceAll('/', '_') })
    ],
    ['an empty key', asking({ 'Sec-WebSocket-Key': '' })],
    ['compression', asking({ 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' })],
    [
      'compression with an impossible window',
      asking({ 'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=99' })
    ],
    ['extensions that are none', asking({ 'Sec-WebSocket-Extensions': ';;;' })],
    ['a sub-protocol that is no token', asking({ 'Sec-WebSocket-Protocol': 'm q' })],
    ['a sub-protocol twice', asking({ 'Sec-WebSocket-Protocol': 'a, a' })],
    ['POST', asking({}).replace('GET', 'POST')],
    ['HEAD', asking({}).replace('GET', 'HEAD')],
    ['a length of 0', asking({ 'Content-Length': '0' })],
    ['an absolute target', upgradeRequest('http://edge.test/')],
    ['a query and a fragment', upgradeRequest('/?a=b#c')],
    ['a target that is not ASCII', upgradeRequest('/é')],
    ['bare line feeds', asking({}).replaceAll('\r\n', '\n')]
  ])('%s', async (_what, request) => {
    const { ws, weir } = echoes()
    expect(await answerTo(weir, request)).toEqual(await answerTo(ws, request))
  })
})

test.each<readonly [what: string, request: string, status: number, other: number]>([
  ['HTTP/1.0 has no upgrades', asking({}).replace('1.1', '1.0'), 400, 101],
  ['a body would be read as frames', `${asking({ 'Content-Length': '3' })}abc`, 400, 101],
  ['a Host is missing', asking({ Host: undefined }), 400, 101],
  ['a target that is no path', upgradeRequest('*'), 400, 101],
  ['another protocol first in the list', asking({ Upgrade: 'h2c, websocket' }), 426, 400]
])('stricter than `ws`: %s', async (_what, request, status, other) => {
  const { ws, weir } = echoes()
  expect([(await answerTo(weir, request)).status, (await answerTo(ws, request)).status]).toEqual([status, other])
})
