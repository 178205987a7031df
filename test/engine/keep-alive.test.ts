import { config, type ConfigInput } from '@weirlb/model'
import { describe, expect, test } from 'vitest'
import { around, startEngine } from '../support/engine-bench.ts'
import { FakeTransport, turns } from '../support/fake-transport.ts'
import { lineProtocol } from '../support/line-protocol.ts'

const vserver = (
  more: object = {}
): ConfigInput['userVservers'] => [{
  name: 'v',
  protocol: 'P',
  address: '127.0.0.1',
  port: 7,
  defaultLb: 'lb',
  ...more
}]
const services = (
  more: object = {}
): ConfigInput['services'] => [{ name: 's1', address: '127.0.0.1', port: 1, ...more }]

test('clients and servers have TCP keep-alive by default, and new ones have another when it changes', async () => {
  const transport = new FakeTransport()
  const { port, apply } = await startEngine(around(lineProtocol(), [{ port: 1 }], { userVservers: vserver() }), {
    transport
  })
  const dialled = async (): Promise<unknown> => {
    transport.connect(port()).gives('hello\n')
    await turns()
    return transport.dials.at(-1)!.options.keepAlive
  }
  expect(transport.keepAlive.get(7)).toEqual({ idleSeconds: 300, intervalSeconds: 30, probes: 4 })
  expect(await dialled()).toEqual({ idleSeconds: 60, intervalSeconds: 10, probes: 6 })
  await apply({
    userVservers: vserver({ tcpKeepAlive: { idleSeconds: 0 } }),
    services: services({ tcpKeepAlive: { idleSeconds: 5, intervalSeconds: 1, probes: 2 } })
  })
  expect(transport.keepAlive.get(7)).toMatchObject({ idleSeconds: 0 })
  expect(await dialled()).toEqual({ idleSeconds: 5, intervalSeconds: 1, probes: 2 })
})

describe.each([
  ['idleSeconds', 0, 32_767],
  ['intervalSeconds', 1, 32_767],
  ['probes', 1, 127]
])('%s', (field, least, most) => {
  test.each([['userVservers', vserver], ['services', services]] as const)('of %s is refused beyond its bounds', (collection, make) => {
    const parse = (value: number): readonly string[] => {
      const { error } = config.safeParse({ ...around(lineProtocol(), [{ port: 1 }]), [collection]: make({ tcpKeepAlive: { [field]: value } }) })
      return error?.issues.map(({ path }) => path.join('.')) ?? []
    }
    expect([parse(least), parse(most)]).toEqual([[], []])
    for (const wrong of [least - 1, most + 1, 1.5]) expect(parse(wrong)).toEqual([`${collection}.0.tcpKeepAlive.${field}`])
  })
})
