// Node takes its listener of errors away from a socket that asks for another protocol. A client that resets the
// connection once it has read why it was refused raised an error that nobody listened to, which ended the process.
import { createRuntime } from '@weirlb/sandbox'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { TestClient } from '../support/engine-bench.ts'
import { HttpBench } from '../support/http-bench.ts'
import { upgradeRequest } from '../support/raw-websocket.ts'

const source = "addEventListener('fetch', event => event.respondWith(new Response('no', { status: 403 })))"

test.each([
  [
    'an edge function',
    { edgeFunctions: [{ name: 'f', source }], triggers: [{ name: 't', pattern: '*/*', function: 'f' }] },
    {},
    'function'
  ],
  [
    'a rule',
    { rules: [{ name: 'r', expression: 'http.request.method eq "GET"', action: 'block' as const }] },
    {},
    'rule'
  ],
  ['the WebSocket layer', {}, { 'Sec-WebSocket-Version': '12' }, 'upgrade-refused'],
  ['the HTTP layer', {}, { 'Content-Length': '5' }, 'http-failed']
])('a client that %s refuses, and that resets the connection then, ends alone', async (_, change, headers, reason) => {
  const http = await HttpBench.start([1], {}, { functions: createRuntime().functions })
  await http.bench.apply(change)
  const COUNT = 5
  for (let n = 0; n < COUNT; n++) {
    const client = new TestClient(http.port)
    client.socket.once('data', () => { client.socket.resetAndDestroy() })
    client.socket.write(upgradeRequest('/', headers))
    await client.closes()
  }
  // An error that nobody listens to fails the file.
  await until(() => http.closed[reason] === COUNT, 'all to be counted')
  expect(http.bench.log.lines.filter(({ level }) => level === 'error')).toEqual([])
})
