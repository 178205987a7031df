// What is counted of HTTP services, and the length of responses without a body.
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { TestClient } from '../support/engine-bench.ts'
import { HttpBench, web } from '../support/http-bench.ts'

test('the bytes of requests and responses are those of their service, also of a response that is under way', async () => {
  const half = 'x'.repeat(100_000)
  let end = (): void => {}
  const { port } = await web((_request, response) => {
    response.write(half)
    end = () => { response.end(half) }
  })
  const http = await HttpBench.start([port])
  const bytes = () => {
    const { bytesIn, bytesOut } = http.bench.engine.stats().services['w1']!
    return { bytesIn, bytesOut }
  }
  expect(bytes()).toEqual({ bytesIn: 0, bytesOut: 0 })
  const asked = http.ask('/', { method: 'POST', body: 'y'.repeat(50_000) })
  await until(() => bytes().bytesOut > half.length, 'half of the response')
  expect(bytes().bytesOut).toBeLessThan(2 * half.length)
  expect(bytes().bytesIn).toBeGreaterThan(50_000)
  end()
  expect((await asked).body).toHaveLength(2 * half.length)
  expect(bytes().bytesOut).toBeGreaterThan(2 * half.length)
  const { bytesIn, bytesOut } = bytes()
  // What was counted once is not counted again, at the end of the connection neither.
  await http.bench.apply({ services: [{ name: 's1', address: '127.0.0.1', port: 1 }, { name: 'w1', type: 'HTTP', address: '127.0.0.2', port, monitors: [] }] })
  await until(() => http.bench.engine.connections({}).length === 0, 'the connections to end')
  expect(bytes()).toEqual({ bytesIn, bytesOut })
})

test.each([[204, false], [200, true], [304, true]])(
  'a response of status %d keeps its Content-Length: %s',
  async (status, keeps) => {
    const { server, port } = await web(() => {})
    // Node's server would not send it.
    server.removeAllListeners('request')
    server.on('connection', socket => {
      socket.on('data', () => {
        socket.write(`HTTP/1.1 ${status} Any\r\nContent-Length: 0\r\n\r\n`)
      })
    })
    const http = await HttpBench.start([port])
    const client = new TestClient(http.port)
    client.socket.write('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n')
    await client.gets('\r\n\r\n')
    expect(/content-length/i.test(client.text)).toBe(keeps)
    // The next response follows it.
    client.socket.write('GET /2 HTTP/1.1\r\nHost: a.example\r\n\r\n')
    await until(() => client.text.split(`HTTP/1.1 ${status}`).length === 3, 'the second response')
  }
)
