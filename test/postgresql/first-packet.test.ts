// What a client of PostgreSQL is told whose first packet cannot be read.
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { TestClient } from '../support/engine-bench.ts'
import { startExtensionFarm } from '../support/extension-farm.ts'

test.each([[true], [false]])('a client whose first packet is refused by its length is told so (trusted: %s)', async trusted => {
  const { weir, port } = await startExtensionFarm({ builtin: 'postgresql', servers: 1, trusted })
  const text = 'SFATAL\0VFATAL\0C08P01\0Minvalid message\0\0'
  const error = `E\0\0\0${String.fromCharCode(4 + text.length)}${text}`
  // 10,001 bytes; 16 MiB less one; shorter than itself; without a code; a start-up without its last byte, and one
  // with more behind it.
  const packets = ['00002711', '00ffffff', '00000003', '00000000', '00000004', '0000000800030000', `0000000a00030000${'7500'}`, '0000000a000300000000']
  for (const packet of packets) {
    const client = new TestClient(port)
    client.socket.write(Buffer.from(packet, 'hex'))
    await client.closes()
    expect([packet, client.text]).toEqual([packet, error])
  }
  await until(async () => (await weir.api.call('getStats')).body.userVservers['v']!.closed['protocol-error'] === packets.length, 'the ends to be counted')
  // Its monitor connects to it, and no client's connection does.
  expect((await weir.api.call('getStats')).body.services['s0']?.dialled ?? 0).toBe(0)
})
