import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithRsyslog } from '../support/describe-with.ts'
import { TestClient } from '../support/engine-bench.ts'
import { startExtensionFarm, type ExtensionFarm } from '../support/extension-farm.ts'
import { Rsyslog } from '../support/rsyslog.ts'

const closed = async ({ weir }: ExtensionFarm, reason: string): Promise<number> => {
  const { userVservers } = (await weir.api.call('getStats')).body
  return userVservers['v']!.closed[reason] ?? 0
}
const counted = (message: string): string => `${Buffer.byteLength(message)} ${message}`

describeWithRsyslog('with rsyslog', program => {
  test.each([
    ['in lines', ''],
    ['octet-counted', 'TCP_Framing="octet-counted"']
  ])('what one sends %s another gets, message by message', async (_, framing) => {
    const { rsyslog, port } = await Rsyslog.collector(program)
    const farm = await startExtensionFarm({ builtin: 'syslog', servers: [port] })
    const lines = Array.from({ length: 50 }, (_, n) => `message ${n}`)
    await Rsyslog.sender(program, farm.port, lines, framing)
    expect(await rsyslog.gets(50)).toEqual(lines.map(line => `<133>${line}`))
  })

  test('a sender that mixes both framings is cut as rsyslog cuts it, by the first byte of each frame', async () => {
    const mixed = `<13>a line\n${counted('<14>counted')}<13>a line again\n${
      counted('<14>counted\nwith a line feed')
    }\n${counted('<13>and an end of line')}\n<13>last\n`
    const direct = await Rsyslog.collector(program)
    new TestClient(direct.port).socket.end(mixed)
    const behind = await Rsyslog.collector(program)
    const farm = await startExtensionFarm({ builtin: 'syslog', servers: [behind.port] })
    new TestClient(farm.port).socket.end(mixed)
    expect(await direct.rsyslog.gets(6)).toEqual(await behind.rsyslog.gets(6))
  })

  test('a counted message of 64 KiB arrives whole', async () => {
    const { rsyslog, port } = await Rsyslog.collector(program)
    const farm = await startExtensionFarm({ builtin: 'syslog', servers: [port] })
    const large = `<13>${'x'.repeat(65_532)}`
    new TestClient(farm.port).socket.end(counted(large) + counted('<13>behind it'))
    expect(await rsyslog.gets(2)).toEqual([large, '<13>behind it'])
  })

  test('a sender that ends its messages with NUL is refused with its second one, and told of in the log', async () => {
    const { port } = await Rsyslog.collector(program)
    const farm = await startExtensionFarm({ builtin: 'syslog', servers: [port] })
    await Rsyslog.sender(program, farm.port, ['one', 'two', 'three'], 'TCP_FrameDelimiter="0"')
    await until(async () => await closed(farm, 'protocol-error') > 0, 'the sender to be refused')
    await until(
      () => farm.weir.log.some(line => line['detail'] === 'a frame holds bytes that its framing refuses'),
      'the reason in the log'
    )
  })

  test('what stands whole before a bad message in one write arrives, and the connection ends as protocol-error', async () => {
    const { rsyslog, port } = await Rsyslog.collector(program)
    const farm = await startExtensionFarm({ builtin: 'syslog', servers: [port] })
    const messages = Array.from({ length: 100 }, (_, n) => `<13>message ${n}`)
    const client = new TestClient(farm.port)
    client.socket.write(
      messages.map((message, n) => n % 2 === 0 ? `${message}\n` : counted(message)).join('') + '99999999 x'
    )
    await client.closes()
    expect(await rsyslog.gets(100)).toEqual(messages)
    await until(async () => await closed(farm, 'protocol-error') === 1, 'the connection to be counted')
  })
})
