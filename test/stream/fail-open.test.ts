// Streams whose extension cannot be asked any more, and streams that fall silent.
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { HeldRuntime } from '../support/fake-transport.ts'
import { head, unit, unitProtocol } from '../support/unit-protocol.ts'

const start = async (failOpen: boolean) => {
  const server = await TestServer.listen(chunk => chunk)
  const runtime = new HeldRuntime()
  const extensions: ConfigInput['extensions'] = [{ name: 'ext', source: unitProtocol(), failOpen }]
  return { ...await startEngine(around(unitProtocol(), [server], { extensions }), { runtime }), server, runtime }
}

test.each([true, false])('a guest that dies over undecided bytes, failOpen: %s', async failOpen => {
  const { connect, runtime, engine, server, log } = await start(failOpen)
  const client = connect()
  client.socket.write(unit('P', 3))
  await client.gets(unit('P', 3))
  runtime.held = true
  client.socket.write(unit('D', 2))
  await until(() => engine.stats().extensions['ext']!.messages === 2, 'the bytes to be before the extension')
  runtime.kill('it died')
  if (!failOpen) {
    await client.closes()
    expect(await log.ends()).toMatchObject([{ reason: 'extension-error' }])
    return
  }
  client.socket.write('and what follows')
  await client.gets('and what follows')
  expect(server.text()).toBe(unit('P', 3) + unit('D', 2) + 'and what follows')
  expect(engine.connections({})).toMatchObject([{ failedOpen: true, phase: 'tunnel' }])
})

test('an idle time-out that the extension set ends a silent stream', async () => {
  const { connect, log, server } = await start(false)
  const client = connect()
  client.socket.write(head('I', 100))
  await client.closes()
  expect(await log.ends()).toMatchObject([{ reason: 'idle-timeout' }])
  expect(server.text()).toBe(head('I', 100))
})
