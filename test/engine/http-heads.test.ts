// Heads of responses that Node's server would not send by itself.
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { onTestFinished, expect, test } from 'vitest'
import { HttpBench } from '../support/http-bench.ts'

/** A server of HTTP that sends these bytes for every request, and closes; resolves with its front. */
const answering = async (response: string): Promise<HttpBench> => {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => { socket.end(response) })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => { server.close() })
  return await HttpBench.start([(server.address() as AddressInfo).port])
}

const plain = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const head = 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const trailed = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: 1\r\n\r\n'

test.each([
  [
    'a body of a known length',
    plain,
    'Content-Length: 2\r\nTrailer: X-Sum\r\n\r\nok',
    /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nok$/
  ],
  [
    'the same, to a request with trailers',
    trailed,
    'Content-Length: 2\r\nTrailer: X-Sum\r\n\r\nok',
    /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nok$/
  ],
  [
    'no body, to HEAD',
    head,
    'Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n',
    /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/
  ],
  [
    'chunks, to a client of HTTP/1.0',
    'GET / HTTP/1.0\r\n\r\n',
    'Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n',
    /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nok$/
  ]
])('a response that announces trailers has %s', async (_, request, rest, expected) => {
  const http = await answering(`HTTP/1.1 200 OK\r\n${rest}`)
  expect(await http.raw(request)).toMatch(expected)
  expect(http.requests).toEqual({ answered: 1 })
})

test.each([
  ['a status that is none', plain, '042 Odd\r\nContent-Length: 2\r\n\r\nok'],
  ['a status that is none, to a request with trailers', trailed, '042 Odd\r\nContent-Length: 2\r\n\r\nok'],
  ['an upgrade that nobody asked for', plain, '101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nok'],
  [
    'such an upgrade, to a request with trailers',
    trailed,
    '101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nok'
  ]
])('%s is a fault of the server', async (_, request, response) => {
  const http = await answering(`HTTP/1.1 ${response}`)
  expect(await http.raw(request)).toMatch(/^HTTP\/1\.1 502 /)
  expect(http.requests).toEqual({ 'server-reset': 1 })
})

test.each([['plain', plain], ['with trailers', trailed]])(
  'a reason in other letters is no fault: request %s',
  async (_, request) => {
    const http = await answering('HTTP/1.1 404 Не найдено\r\nContent-Length: 2\r\n\r\nok')
    expect(await http.raw(request)).toMatch(/^HTTP\/1\.1 404 [^]*\r\n\r\nok$/)
    expect(http.requests).toEqual({ answered: 1 })
  }
)

test.each([['plain', plain], ['with trailers', trailed]])(
  'letters in the reason of an interim response end no line: request %s',
  async (_, request) => {
    const http = await answering(
      'HTTP/1.1 103 Hint\u010d\u010aX-Other: 1\r\nLink: </a>\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    )
    const text = await http.raw(request)
    expect(text).toMatch(/^HTTP\/1\.1 103 [^\r\n]*\r\nLink: <\/a>\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
  }
)
