// An extension that fails over and over, as an operator sees it through REST.
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loopUntil, TestClient, TestServer } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { WeirProcess } from '../support/weir-process.ts'

let weir: WeirProcess
beforeAll(async () => { weir = await WeirProcess.start({ workers: 1 }) })
afterAll(async () => { await weir.stop() })

test('five failures in a minute: its user vservers show extension-down and refuse at once, others serve, a new version brings it back', async () => {
  const { api } = weir
  const server = await TestServer.listen(chunk => chunk)
  await api.call('createService', { body: { name: 's', address: '127.0.0.1', port: server.port } })
  await api.call('createLbVserver', { body: { name: 'lb', services: [{ name: 's' }] } })
  for (const name of ['bad', 'good']) {
    await api.call('createExtension', { body: { name, source: lineProtocol(), limits: { batchTimeoutMs: 250 } } })
    await api.call('createUserProtocol', { body: { name, transport: 'tcp', extension: name } })
    await api.call('createUserVserver', {
      body: { name, protocol: name, address: '127.0.0.1', port: 0, defaultLb: 'lb' }
    })
  }
  const [bad, good] = [await api.port('bad'), await api.port('good')]
  const talking = new TestClient(good)
  talking.socket.write('tunnel ann\n')
  await talking.gets('tunnel ann\n')

  expect(await api.status('user-vservers/bad')).toBe('up')
  const loops = await loopUntil(bad, async () => await api.status('user-vservers/bad') === 'extension-down')
  expect(loops).toBeGreaterThanOrEqual(5)
  const { status } = (await api.call('getUserVserver', { path: { name: 'bad' } })).body
  expect(status).toMatchObject({
    reason: expect.stringMatching(/^extension 'bad' is down: .*batchTimeoutMs/) as string,
    listening: { port: bad }
  })
  expect(await api.status('extensions/bad')).toBe('down')

  const refused = new TestClient(bad)
  await refused.closes()
  const closed = async (): Promise<Record<string, number>> =>
    (await api.call('getStats')).body.userVservers['bad']!.closed
  // A client knows that it is closed before it is counted.
  await until(async () => {
    const { 'extension-error': failed = 0, 'extension-down': down = 0 } = await closed()
    return failed + down === loops + 1 && down >= 1
  }, 'all to be counted')
  expect(await api.status('user-vservers/good')).toBe('up')
  talking.socket.write('still there?\n')
  await talking.gets('still there?\n')

  await api.call('replaceExtension', { path: { name: 'bad' }, body: { source: `${lineProtocol()}// mended` } })
  expect(await api.status('user-vservers/bad')).toBe('up')
  const back = new TestClient(bad)
  back.socket.write('hello again\n')
  await back.gets('hello again\n')
})
