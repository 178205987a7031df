// How much of a direction may wait for verdicts before its sender is paused. The transport is the test's own, so
// every step is exact.
import type { ConfigInput } from '@weirlb/model'
import { expect, test } from 'vitest'
import { around, startEngine } from '../support/engine-bench.ts'
import { FakeTransport, HeldRuntime, turns } from '../support/fake-transport.ts'
import { lineProtocol } from '../support/line-protocol.ts'

// Above what one whole entry needs, and below the vserver's default.
const CAP = 100_000
const LINE = `${'x'.repeat(999)}\n`

const held = (heldBytes: number, bufferedBytes: number): Partial<ConfigInput> => ({
  extensions: [{ name: 'ext', source: lineProtocol(), limits: { heldBytes } }],
  userVservers: [{
    name: 'v',
    protocol: 'P',
    address: '127.0.0.1',
    port: 0,
    defaultLb: 'lb',
    limits: { bufferedBytes }
  }]
})

test.each([
  ['heldBytes of the extension', held(CAP, 10 * CAP)],
  ['bufferedBytes of the vserver', held(10 * CAP, CAP)]
])(
  'a sender of messages is paused when more of them wait than %s, and goes on when they are decided',
  async (_, config) => {
    const transport = new FakeTransport()
    const runtime = new HeldRuntime()
    const bench = await startEngine(around('', [{ port: 1 }], config), { transport, runtime })
    const client = transport.connect(bench.port())
    client.gives('hello ann\n')
    await turns()
    const server = transport.dials.at(-1)!.connect()

  runtime.held = true
  for (let n = 0; n < 200; n++) client.gives(LINE)
  await turns()
  expect(client.paused).toBe(true)
  // The one that was too much is here as well.
  expect(200 * LINE.length - client.unread).toBe(CAP + LINE.length)
  expect(bench.engine.stats().extensions['ext']!.heldBytes).toBe(CAP + LINE.length)

  runtime.release()
  await turns()
  expect([client.paused, client.unread]).toEqual([false, 0])
  expect(server.text).toBe(`hello ann\n${LINE.repeat(200)}`)
})
