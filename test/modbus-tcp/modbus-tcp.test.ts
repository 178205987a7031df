import { until } from '@weir/testing'
import { expect, test } from 'vitest'
import { TestClient } from '../support/engine-bench.ts'
import { startExtensionFarm } from '../support/extension-farm.ts'

const request = (transaction: number, unit: number, code = 3): Buffer => Buffer.of(transaction >> 8, transaction & 255, 0, 0, 0, 6, unit, code, 0, 0x6b, 0, 1)
/** One register: the number of the device that answered. */
const answer = (transaction: number, unit: number, device: number): Buffer => Buffer.of(transaction >> 8, transaction & 255, 0, 0, 0, 5, unit, 3, 2, 0, device)
const SIZE = 12

/** A gateway: answers each request that is whole with its own number. */
const gateway = (device: number) => {
  let rest = Buffer.alloc(0)
  return (chunk: Buffer): Buffer => {
    rest = Buffer.concat([rest, chunk])
    const answers: Buffer[] = []
    while (rest.length >= SIZE) {
      answers.push(answer(rest.readUInt16BE(0), rest[6]!, device))
      rest = rest.subarray(SIZE)
    }
    return Buffer.concat(answers)
  }
}
const transactions = (bytes: Buffer): number[] => Array.from({ length: Math.floor(bytes.length / 11) }, (_, i) => bytes.readUInt16BE(i * 11))

test('one connection reaches units behind several gateways, and is answered in order', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 3, answer: gateway })
  const client = new TestClient(farm.port)
  const asked = Array.from({ length: 120 }, (_, i) => request(i, i % 12))
  client.socket.write(Buffer.concat(asked))
  await until(() => client.received.length === 120 * 11, 'all answers')
  expect(transactions(client.received)).toEqual(asked.map((_, i) => i))
  // One unit, one gateway.
  const devices = new Map<number, Set<number>>()
  for (let i = 0; i < 120; i++) {
    const unit = client.received[i * 11 + 6]!
    devices.set(unit, (devices.get(unit) ?? new Set()).add(client.received[i * 11 + 10]!))
  }
  expect([...devices.values()].every(set => set.size === 1)).toBe(true)
  expect(new Set([...devices.values()].flatMap(set => [...set])).size).toBeGreaterThan(1)
})

test('a gateway that closes ends the connection with an exception for what is outstanding', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 1, answer: () => (_chunk, socket) => { socket.destroy() } })
  const client = new TestClient(farm.port)
  client.socket.write(Buffer.concat([request(7, 1), request(8, 2)]))
  await client.closes()
  expect(client.received.toString('hex')).toBe('00070000000301830b00080000000302830b')
})

test('an answer to nothing ends the connection', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 1, answer: () => () => answer(99, 1, 0) })
  const client = new TestClient(farm.port)
  client.socket.write(request(1, 1))
  await client.closes()
  expect(client.received).toHaveLength(0)
  const { userVservers } = await farm.weir.api.get<{ userVservers: Record<string, { closed: Record<string, number> }> }>('stats')
  expect(userVservers['v']!.closed).toEqual({ rejected: 1 })
})

test('without a gateway the request is answered: path unavailable', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 1 })
  await farm.weir.api.post('services/s0/disable', {})
  const client = new TestClient(farm.port)
  client.socket.write(request(5, 1))
  await client.closes()
  expect(client.received.toString('hex')).toBe('00050000000301830a')
})
