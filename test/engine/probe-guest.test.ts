// The guest that says how to probe has the limits of its extension, as they are now.
import type { Runtime } from '@weirlb/sdk/abi'
import { createInProcessRuntime } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'

test('a limit that is changed holds for the guest that there is', async () => {
  // The last limit of each guest, in the order of their loading.
  const limits: number[] = []
  const inner = createInProcessRuntime()
  const runtime: Runtime = {
    async load (bundle, options) {
      const guest = await inner.load(bundle, options)
      const at = limits.push(options.batchTimeoutMs) - 1
      guest.setBatchTimeout = ms => { limits[at] = ms }
      return guest
    }
  }
  const source = lineProtocol("probe: { send: () => encodeUtf8('PING\\n'), judge: () => 'up' },\n server: { framing: frame.lines({ max: 100 }) },")
  const limited = (batchTimeoutMs: number) => ({ extensions: [{ name: 'ext', source, limits: { batchTimeoutMs } }] })
  const server = await TestServer.listen()
  const services = [{
    name: 's1',
    address: '127.0.0.1',
    port: server.port,
    monitors: [{ type: 'extension' as const, extension: 'ext' }]
  }]
  const ask = { extension: 'ext', params: {}, secrets: {}, id: '0'.repeat(32) }
  const { engine, apply } = await startEngine({ ...around(source, [server]), services, ...limited(20) }, { runtime })
  expect(Buffer.from((await engine.probeQuestion(ask)).bytes).toString()).toBe('PING\n')
  expect(limits).toEqual([20, 20])
  await apply(limited(500))
  await engine.probeQuestion(ask)
  expect(limits).toEqual([500, 500])
})
