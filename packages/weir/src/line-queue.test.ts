import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { LineQueue, MAX_WAITING_BYTES, type LineSink } from './line-queue.ts'

/** A pipe of some bytes, whose reader reads when told. */
class Pipe implements LineSink {
  text = ''
  room: number
  readonly writes: number[] = []
  failure: string | undefined

  constructor (room: number) { this.room = room }

  write (bytes: Uint8Array): number {
    if (this.failure !== undefined) throw Object.assign(new Error(this.failure), { code: this.failure })
    if (this.room === 0) throw Object.assign(new Error('no room'), { code: 'EAGAIN' })
    const taken = Math.min(this.room, bytes.length)
    this.room -= taken
    this.writes.push(taken)
    this.text += Buffer.from(bytes.subarray(0, taken)).toString()
    return taken
  }
}

const droppedLine = (count: number): string => `dropped ${count}\n`
const make = (room: number, maxBytes: number): { pipe: Pipe, queue: LineQueue } => {
  const pipe = new Pipe(room)
  return { pipe, queue: new LineQueue(pipe, { maxBytes, droppedLine }) }
}

test('a line is written at once while there is room', () => {
  const { pipe, queue } = make(100, 100)
  queue.write('one\n')
  queue.write('two\n')
  expect(pipe.text).toBe('one\ntwo\n')
  expect(queue.waitingBytes).toBe(0)
})

test('what a sink takes in part goes on where it stopped', async () => {
  const { pipe, queue } = make(6, 100)
  queue.write('ö-one\n')
  queue.write('two\n')
  expect(queue.waitingBytes).toBe(5)
  for (let i = 0; i < 5; i++) {
    pipe.room = 1
    await until(() => pipe.room === 0, 'the next byte')
  }
  expect(pipe.text).toBe('ö-one\ntwo\n')
})

test('the bound is the last byte that waits', () => {
  const { queue } = make(0, 8)
  queue.write('1234567\n')
  expect([queue.waitingBytes, queue.dropped]).toEqual([8, 0])
  const above = make(0, 8).queue
  above.write('12345678\n')
  expect([above.waitingBytes, above.dropped]).toEqual([0, 1])
})

test('lines that were dropped are counted in their place, when half of what waits is written', async () => {
  const { pipe, queue } = make(0, 80)
  const line = (name: string): string => `${name.repeat(19)}\n`
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) queue.write(line(name))
  expect(queue.dropped).toBe(2)
  pipe.room = 20
  await until(() => pipe.room === 0, 'the first line')
  queue.write(line('g'))
  expect(queue.dropped).toBe(3)
  pipe.room = 20
  await until(() => pipe.room === 0, 'the second line')
  queue.write(line('h'))
  pipe.room = 1000
  await until(() => queue.waitingBytes === 0, 'the rest')
  expect(pipe.text).toBe(['a', 'b', 'c', 'd'].map(line).join('') + 'dropped 3\n' + line('h'))
  expect(queue.dropped).toBe(3)
})

test('they are counted when nothing more is said, too', async () => {
  const { pipe, queue } = make(0, 4)
  for (const line of ['aaa\n', 'bbb\n']) queue.write(line)
  pipe.room = 1000
  await until(() => pipe.text.includes('dropped'), 'the count')
  expect(pipe.text).toBe('aaa\ndropped 1\n')
})

test('lines are written together as long as a pipe takes them as a whole', async () => {
  const { pipe, queue } = make(0, MAX_WAITING_BYTES)
  const line = `${'x'.repeat(1023)}\n`
  for (let i = 0; i < 6; i++) queue.write(line)
  queue.write(`${'y'.repeat(8191)}\n`)
  pipe.room = 1_000_000
  await until(() => queue.waitingBytes === 0, 'the lines')
  expect(pipe.writes).toEqual([4096, 2048, 8192])
  expect(pipe.text).toBe(line.repeat(6) + `${'y'.repeat(8191)}\n`)
})

test.each(['EPIPE', 'ENOSPC', 'EIO'])(
  'a sink that fails with %s is tried again, and what waits is bounded',
  async code => {
    const { pipe, queue } = make(1000, 8)
    pipe.failure = code
    for (const line of ['aaa\n', 'bbb\n', 'ccc\n']) queue.write(line)
    expect([queue.waitingBytes, queue.dropped]).toEqual([8, 1])
    pipe.failure = undefined
    await until(() => queue.waitingBytes === 0, 'the next try')
    expect(pipe.text).toBe('aaa\nbbb\ndropped 1\n')
  }
)

test('flush writes what it can, and gives up', () => {
  const { pipe, queue } = make(0, 100)
  queue.write('one\n')
  queue.write('two\n')
  const began = performance.now()
  queue.flush(30)
  expect(performance.now() - began).toBeGreaterThanOrEqual(30)
  pipe.room = 100
  queue.flush(0)
  expect(pipe.text).toBe('one\ntwo\n')
})

test('a queue that drains in parts keeps the order of many lines', async () => {
  const { pipe, queue } = make(0, MAX_WAITING_BYTES)
  const said: string[] = []
  for (let i = 0; i < 5000; i++) {
    said.push(`line ${i}\n`)
    queue.write(said.at(-1)!)
    if (i % 7 === 0) pipe.room += 61
  }
  pipe.room = 1_000_000
  await until(() => queue.waitingBytes === 0, 'the lines')
  expect(pipe.text).toBe(said.join(''))
})
