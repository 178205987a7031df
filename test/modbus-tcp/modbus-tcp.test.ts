import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { TestClient } from '../support/engine-bench.ts'
import { startExtensionFarm } from '../support/extension-farm.ts'

const request = (transaction: number, unit: number, code = 3): Buffer => Buffer.of(transaction >> 8, transaction & 255, 0, 0, 0, 6, unit, code, 0, 0x6b, 0, 1)
/** One register: the number of the device that answered. */
const answer = (transaction: number, unit: number, device: number): Buffer => Buffer.of(transaction >> 8, transaction & 255, 0, 0, 0, 5, unit, 3, 2, 0, device)
const SIZE = 12

/** From this transaction on gateways are silent. */
const UNANSWERED = 1000
/** A gateway: answers each request that is whole with its own number; where it gathers, when it has so many, and the last one first. */
const gateway = (device: number, gathers?: number) => {
  let rest = Buffer.alloc(0)
  let answers: Buffer[] = []
  return (chunk: Buffer): Buffer => {
    rest = Buffer.concat([rest, chunk])
    for (; rest.length >= SIZE; rest = rest.subarray(SIZE)) {
      const transaction = rest.readUInt16BE(0)
      if (transaction < UNANSWERED) answers.push(answer(transaction, rest[6]!, device))
    }
    if (gathers !== undefined && answers.length < gathers) return Buffer.alloc(0)
    const all = gathers === undefined ? answers : answers.reverse()
    answers = []
    return Buffer.concat(all)
  }
}
const transactions = (bytes: Buffer): number[] => Array.from({ length: Math.floor(bytes.length / 11) }, (_, i) => bytes.readUInt16BE(i * 11))

test('one connection reaches units behind several gateways, and is answered in order', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 3, answer: device => gateway(device) })
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

test('a gateway that closes takes nothing with it that others have answered', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 2, answer: device => gateway(device) })
  const client = new TestClient(farm.port)
  client.socket.write(Buffer.concat(Array.from({ length: 32 }, (_, unit) => request(unit, unit))))
  await until(() => client.received.length === 32 * 11, 'all answers')
  const unitOf = (device: number): number => Array.from({ length: 32 }, (_, unit) => unit).find(unit => client.received[unit * 11 + 10] === device)!
  const [silent, other] = [unitOf(0), unitOf(1)]
  client.received = Buffer.alloc(0)
  const services = async () => (await farm.weir.api.call('getStats')).body.services
  const before = await services()
  client.socket.write(Buffer.concat([request(UNANSWERED, silent), request(40, other)]))
  await until(async () => {
    const { s0, s1 } = await services()
    return s0!.bytesIn === before['s0']!.bytesIn + SIZE && s1!.bytesOut === before['s1']!.bytesOut + 11
  }, 'the request to be with one gateway and the answer of the other to be here')
  // The connection of a monitor may be among them.
  for (const socket of farm.servers[0]!.sockets) socket.destroy()
  await client.closes()
  expect(client.received.toString('hex')).toBe(Buffer.concat([Buffer.of(UNANSWERED >> 8, UNANSWERED & 255, 0, 0, 0, 3, silent, 0x83, 0x0b), answer(40, other, 1)]).toString('hex'))
})

test('a gateway that answers in another order is heard in its order, each answer once', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 1, answer: device => gateway(device, 20) })
  const client = new TestClient(farm.port)
  for (let round = 0; round < 3; round++) {
    client.socket.write(Buffer.concat(Array.from({ length: 20 }, (_, i) => request(i, i % 5))))
    await until(() => client.received.length === 20 * 11, 'all answers')
    expect(client.received.toString('hex')).toBe(Buffer.concat(Array.from({ length: 20 }, (_, i) => answer(19 - i, (19 - i) % 5, 0))).toString('hex'))
    client.received = Buffer.alloc(0)
  }
})

test('an answer to nothing ends the connection', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 1, answer: () => () => answer(99, 1, 0) })
  const client = new TestClient(farm.port)
  client.socket.write(request(1, 1))
  await client.closes()
  expect(client.received).toHaveLength(0)
  // A client knows that it is closed before that is counted.
  await until(async () => {
    const { userVservers } = (await farm.weir.api.call('getStats')).body
    return userVservers['v']!.closed['rejected'] === 1
  }, 'the connection to be counted as rejected')
})

test('without a gateway the request is answered: path unavailable', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 1 })
  await farm.weir.api.call('disableService', { path: { name: 's0' } })
  const client = new TestClient(farm.port)
  client.socket.write(request(5, 1))
  await client.closes()
  expect(client.received.toString('hex')).toBe('00050000000301830a')
})
