// Each kind of deadline at its bound: what a check finds just before its time is over, and then.
import { wheel, type ByteLink } from '@weirlb/link'
import { afterEach, expect, test } from 'vitest'
import { Deadline } from './deadline.ts'

const MS = 10_000

const made: Deadline[] = []
afterEach(() => { for (const deadline of made.splice(0)) deadline.cancel() })

/** A connection with the numbers that a deadline asks for; `check` is what the wheel does when the deadline is due. */
const timed = () => {
  const connection = {
    client: { readFor: Infinity, unsent: 0, bytesWritten: 0 },
    waitsForGuest: false,
    moved: 0,
    over: 0,
    onDeadline (): void { this.over++ },
    onFault (error: unknown): void { throw error }
  }
  const deadline = new Deadline(connection as typeof connection & { readonly client: ByteLink })
  made.push(deadline)
  const check = (): 'over' | 'goes on' => {
    const before = connection.over
    wheel.cancel(deadline)
    deadline.onTimeout()
    expect([connection.over - before, deadline.armed]).toContain(connection.over > before ? 1 : true)
    return connection.over > before ? 'over' : 'goes on'
  }
  return { connection, deadline, check }
}

test('an exact one is over when it is due', () => {
  const { deadline, check } = timed()
  deadline.exactly(MS)
  expect(check()).toBe('over')
})

test.each([[MS - 1, 'goes on'], [MS, 'over'], [MS + 1, 'over']] as const)('a first message, and silence, of %i of 10,000 ms since the client was read again: %s', (readFor, outcome) => {
  for (const kind of ['firstMessage', 'silence'] as const) {
    const { connection, deadline, check } = timed()
    deadline[kind](MS)
    connection.client.readFor = readFor
    expect([kind, check()]).toEqual([kind, outcome])
  }
})

test('a first message that waits for the extension is not late, however long', () => {
  const { connection, deadline, check } = timed()
  deadline.firstMessage(MS)
  connection.waitsForGuest = true
  for (let i = 0; i < 20; i++) expect(check()).toBe('goes on')
  connection.waitsForGuest = false
  expect(check()).toBe('over')
})

test('silence begins anew behind the last byte that the client takes, and is over when it takes none', () => {
  const { connection: { client }, deadline, check } = timed()
  deadline.silence(MS)
  client.bytesWritten = 100
  client.unsent = 2
  expect(check()).toBe('goes on')
  client.unsent = 1
  expect(check()).toBe('goes on')
  client.unsent = 0
  // All is taken: the client has its whole time once more, and no more than that.
  expect([check(), check()]).toEqual(['goes on', 'over'])
  client.unsent = 1
  deadline.silence(MS)
  expect([check(), check()]).toEqual(['goes on', 'over'])
})

test('no limit of silence is none', () => {
  const { deadline } = timed()
  deadline.silence(MS)
  deadline.silence(0)
  expect(deadline.armed).toBe(false)
})

test('a still connection is over at the fourth check in a row at which nothing has moved, not at the third', () => {
  const { connection, deadline, check } = timed()
  deadline.stillness(MS)
  expect(check()).toBe('goes on')
  expect([check(), check(), check()]).toEqual(['goes on', 'goes on', 'goes on'])
  connection.moved++
  expect([check(), check(), check(), check(), check()]).toEqual(['goes on', 'goes on', 'goes on', 'goes on', 'over'])
})

test('last bytes have their time again as long as the client takes one of them', () => {
  const { connection: { client }, deadline, check } = timed()
  client.bytesWritten = 10
  client.unsent = 2
  deadline.lastBytes(MS)
  expect(check()).toBe('goes on')
  client.unsent = 1
  expect([check(), check()]).toEqual(['goes on', 'over'])
  client.unsent = 0
  deadline.lastBytes(MS)
  expect(check()).toBe('over')
})
