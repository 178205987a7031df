import { TIME_SCALE, until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { TestClient } from '../support/engine-bench.ts'
import { type ExtensionFarm, startExtensionFarm } from '../support/extension-farm.ts'

const request = (transaction: number, unit: number, code = 3): Buffer =>
  Buffer.of(transaction >> 8, transaction & 255, 0, 0, 0, 6, unit, code, 0, 0x6b, 0, 1)
/** One register: the number of the device that answered. */
const answer = (transaction: number, unit: number, device: number): Buffer =>
  Buffer.of(transaction >> 8, transaction & 255, 0, 0, 0, 5, unit, 3, 2, 0, device)
const SIZE = 12

/** From this transaction on gateways are silent. */
const UNANSWERED = 1000
/**
 * A gateway: answers each request that is whole with its own number; where it gathers, when it has so many, and the
 * last one first.
 */
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
const ANSWER = 11
const EXCEPTION = 9
const exception = (transaction: number, unit: number, code: number): Buffer =>
  Buffer.of(transaction >> 8, transaction & 255, 0, 0, 0, 3, unit, 0x83, code)
/** Transaction, unit and device of each answer. */
const answersIn = (bytes: Buffer): number[][] =>
  Array.from(
    { length: Math.floor(bytes.length / ANSWER) },
    (_, i) => [bytes.readUInt16BE(i * ANSWER), bytes[i * ANSWER + 6]!, bytes[i * ANSWER + 10]!]
  )
const counters = async ({ weir }: ExtensionFarm): Promise<Record<string, number>> =>
  (await weir.api.call('getStats')).body.extensions['e']!.counters
const transactions = (bytes: Buffer): number[] =>
  Array.from({ length: Math.floor(bytes.length / 11) }, (_, i) => bytes.readUInt16BE(i * 11))

test('one connection reaches units behind several gateways, and every answer is that of its request', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 3, answer: device => gateway(device) })
  const client = new TestClient(farm.port)
  client.socket.write(Buffer.concat(Array.from({ length: 120 }, (_, i) => request(i, i % 12))))
  await until(() => client.received.length === 120 * ANSWER, 'all answers')
  expect(transactions(client.received).sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, i) => i))
  // One unit, one gateway.
  const devices = new Map<number, Set<number>>()
  for (const [transaction, unit, device] of answersIn(client.received)) {
    expect(unit).toBe(transaction! % 12)
    devices.set(unit!, (devices.get(unit!) ?? new Set()).add(device!))
  }
  expect([...devices.values()].every(set => set.size === 1)).toBe(true)
  expect(new Set([...devices.values()].flatMap(set => [...set])).size).toBeGreaterThan(1)
})

test('more requests in one write than may be outstanding are all answered', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 2, answer: device => gateway(device) })
  const client = new TestClient(farm.port)
  // As many as are outstanding at most, and one more; numbers come back when they are answered.
  const numbers = Array.from({ length: 1025 }, (_, i) => i % UNANSWERED)
  client.socket.write(Buffer.concat(numbers.map(number => request(number, number % 12 + 1))))
  await until(() => client.received.length === 1025 * ANSWER, 'all answers')
  expect(transactions(client.received).sort((a, b) => a - b)).toEqual([...numbers].sort((a, b) => a - b))
})

/** Units that are behind each of two gateways, one for each. */
const unitsOf = async (client: TestClient): Promise<[number, number]> => {
  client.socket.write(Buffer.concat(Array.from({ length: 32 }, (_, i) => request(i, i + 1))))
  await until(() => client.received.length === 32 * ANSWER, 'all answers')
  const unitOf = (wanted: number): number => answersIn(client.received).find(([, , device]) => device === wanted)![1]!
  const units: [number, number] = [unitOf(0), unitOf(1)]
  client.received = Buffer.alloc(0)
  return units
}

test('a silent unit holds up nobody, is given up after its time, and its late answer is dropped', async () => {
  const farm = await startExtensionFarm({
    builtin: 'modbus-tcp',
    servers: 2,
    answer: device => gateway(device),
    limits: { replyTimeoutSeconds: TIME_SCALE }
  })
  const client = new TestClient(farm.port)
  const [silent, other] = await unitsOf(client)
  client.socket.write(Buffer.concat([request(UNANSWERED, silent), request(1, other), request(2, silent)]))
  await until(() => client.received.length === 2 * ANSWER, 'the answers of the others')
  expect(transactions(client.received).sort()).toEqual([1, 2])
  await until(() => client.received.length === 2 * ANSWER + EXCEPTION, 'the request to be given up')
  expect(client.received.subarray(2 * ANSWER).toString('hex')).toBe(exception(UNANSWERED, silent, 0x0b).toString('hex'))
  client.received = Buffer.alloc(0)
  for (const socket of farm.servers[0]!.sockets) socket.write(answer(UNANSWERED, silent, 0))
  client.socket.write(Buffer.concat([request(3, silent), request(4, other)]))
  await until(() => client.received.length === 2 * ANSWER, 'the next answers')
  expect(transactions(client.received).sort()).toEqual([3, 4])
  expect(await counters(farm)).toMatchObject({ unanswered: 1, badAnswers: 1 })
})

test('nobody waits for the answer to a broadcast', async () => {
  const farm = await startExtensionFarm({
    builtin: 'modbus-tcp',
    servers: 2,
    answer: device => gateway(device),
    limits: { outstandingReplies: 1 }
  })
  const client = new TestClient(farm.port)
  client.socket.write(
    Buffer.concat([request(UNANSWERED, 0, 5), request(UNANSWERED + 1, 0, 5), request(1, 1), request(2, 2)])
  )
  await until(() => client.received.length === 2 * ANSWER, 'the answers of the others')
  expect(transactions(client.received)).toEqual([1, 2])
})

test('a gateway that closes takes its own requests with it, with an exception for each, and is dialled again', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 2, answer: device => gateway(device) })
  const client = new TestClient(farm.port)
  const [silent, other] = await unitsOf(client)
  const asked = farm.servers[0]!.received.length
  client.socket.write(Buffer.concat([request(UNANSWERED, silent), request(UNANSWERED + 1, silent), request(40, other)]))
  await until(
    () => client.received.length === ANSWER && farm.servers[0]!.received.length > asked,
    'the other answer, and the requests to be with the gateway'
  )
  // The connection of a monitor may be among them.
  for (const socket of farm.servers[0]!.sockets) socket.destroy()
  await until(() => client.received.length === ANSWER + 2 * EXCEPTION, 'the exceptions')
  expect(client.received.subarray(ANSWER).toString('hex')).toBe(
    Buffer.concat([exception(UNANSWERED, silent, 0x0b), exception(UNANSWERED + 1, silent, 0x0b)]).toString('hex')
  )
  client.received = Buffer.alloc(0)
  client.socket.write(Buffer.concat([request(5, silent), request(6, other)]))
  await until(() => client.received.length === 2 * ANSWER, 'the next answers')
  expect(client.closed).toBe(false)
})

test('an answer that cannot be cut ends the link to its gateway, and nothing else', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 2, answer: device => gateway(device) })
  const client = new TestClient(farm.port)
  const [bad, other] = await unitsOf(client)
  const asked = farm.servers[0]!.received.length
  client.socket.write(request(UNANSWERED, bad))
  await until(() => farm.servers[0]!.received.length > asked, 'the request to be with the gateway')
  for (const socket of farm.servers[0]!.sockets) socket.write(Buffer.of(0, 1, 0, 0, 0xff, 0xff, bad, 3))
  await until(() => client.received.length === EXCEPTION, 'the request to be given up')
  client.received = Buffer.alloc(0)
  client.socket.write(Buffer.concat([request(5, bad), request(6, other)]))
  await until(() => client.received.length === 2 * ANSWER, 'the next answers')
  expect(farm.weir.log.filter(line => line.msg === 'a server is not understood')).toMatchObject([{
    detail: 'a frame of 65541 bytes is larger than its maximum of 260'
  }])
})

test('answers to nothing are dropped and counted', async () => {
  const farm = await startExtensionFarm({
    builtin: 'modbus-tcp',
    servers: 1,
    answer: device => chunk => Buffer.concat([answer(99, 1, 0), gateway(device)(chunk), answer(98, 7, 0)])
  })
  const client = new TestClient(farm.port)
  for (const transaction of [1, 2, 3]) {
    client.socket.write(request(transaction, 1))
    await until(() => client.received.length === transaction * ANSWER, 'the answer')
  }
  expect(transactions(client.received)).toEqual([1, 2, 3])
  await until(async () => (await counters(farm))['badAnswers'] === 6, 'all to be counted')
})

test('a client that resets is not kept for its answers', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 1, answer: device => gateway(device) })
  const client = new TestClient(farm.port)
  client.socket.write(request(UNANSWERED, 1))
  await until(() => farm.servers[0]!.received.length > 0, 'the request')
  client.socket.resetAndDestroy()
  await until(async () => {
    const { userVservers } = (await farm.weir.api.call('getStats')).body
    return userVservers['v']!.connections === 0
  }, 'the connection to end')
})

test('a gateway that answers in another order is heard in its order, each answer once', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 1, answer: device => gateway(device, 20) })
  const client = new TestClient(farm.port)
  for (let round = 0; round < 3; round++) {
    client.socket.write(Buffer.concat(Array.from({ length: 20 }, (_, i) => request(i, i % 5))))
    await until(() => client.received.length === 20 * 11, 'all answers')
    expect(client.received.toString('hex')).toBe(
      Buffer.concat(Array.from({ length: 20 }, (_, i) => answer(19 - i, (19 - i) % 5, 0))).toString('hex')
    )
    client.received = Buffer.alloc(0)
  }
})

test('without a gateway the request is answered: path unavailable', async () => {
  const farm = await startExtensionFarm({ builtin: 'modbus-tcp', servers: 1 })
  await farm.weir.api.call('disableService', { path: { name: 's0' } })
  const client = new TestClient(farm.port)
  client.socket.write(request(5, 1))
  await client.closes()
  expect(client.received.toString('hex')).toBe('00050000000301830a')
})
