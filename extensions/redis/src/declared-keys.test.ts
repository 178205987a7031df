// What Weir forwards by the declared keys must be what the extension would have done with it.
import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { drive, fromHex, type Driven, type Subject } from '@weirlb/testing'
import { defineProtocol } from '@weirlb/sdk'
import { expect, test } from 'vitest'
import { anywhere, keyRules, refusals, withOneKey } from './commands.ts'
import redis from './index.ts'
import { native } from './native.ts'
import { command as encoded } from './reply.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const bytes = (of: string): Uint8Array => Uint8Array.from(Buffer.from(of, 'latin1'))
const command = (...args: string[]): string => text(encoded(...args))

const { framing, peek, onMessage } = redis.client as Extract<typeof redis.client, { readonly framing: unknown }>
/** The same without declared keys: every message enters the sandbox. */
const asked = defineProtocol({ ...redis, client: { framing, peek: peek!, onMessage: onMessage! } })

/** Replies that each differ, of which some enter the sandbox. */
const replies = (count: number): string =>
  Array.from(
    { length: count },
    (_, n) => n % 7 === 3 ? `-ERR reply ${n}\r\n` : n % 5 === 1 ? `$${String(n).length}\r\n${n}\r\n` : `:${n}\r\n`
  ).join('')

/** Everything that is to be seen of a connection, with so many replies of its server. */
const seen = (protocol: Subject, chunks: readonly Uint8Array[], params: object, count: number): Partial<Driven> => {
  const stream = count === 0 ? chunks : [...chunks, { server: bytes(replies(count)) }]
  const { crossings: _, ...rest } = drive(protocol, stream, {
    params: params as Record<string, string>,
    goodbyes: ['service-down', 'protocol-error']
  })
  return rest
}

const same = (sent: readonly Uint8Array[], params: object): void => {
  const before = seen(asked, sent, params, 0)
  expect(seen(redis, sent, params, 0)).toEqual(before)
  const owed = before.verdicts!.reduce(
    (sum, verdict) => sum + (verdict.op === 'forward' ? (verdict.replies ?? 1) + (verdict.swallow ?? 0) : 0),
    0
  )
  if (owed > 0) expect(seen(redis, sent, params, owed)).toEqual(seen(asked, sent, params, owed))
}

const names = [
  ...keyRules.keys(),
  ...refusals.keys(),
  ...native.keys(),
  ...anywhere,
  'HELLO',
  'MULTI',
  'EXEC',
  'DISCARD',
  'WATCH',
  'UNWATCH',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'PUBLISH',
  'PING',
  'QUIT',
  'NONE'
]
const states = ['MULTI', 'EXEC', 'DISCARD', 'WATCH', 'UNWATCH', 'SUBSCRIBE', 'PING', 'SELECT', 'HELLO']
const word = fc.oneof(
  fc.constantFrom(
    'k',
    'l',
    '{k}1',
    '2{k}',
    '{}k',
    'k{',
    '',
    '0',
    '1',
    '2',
    '3',
    '-1',
    'STREAMS',
    'STORE',
    'DB',
    'x'.repeat(600),
    'y'.repeat(70_000)
  ),
  fc.string({ maxLength: 8, unit: 'binary-ascii' })
)
const inAnyCase = fc.tuple(
  fc.oneof(
    fc.constantFrom(...names),
    fc.constantFrom(...states),
    fc.constantFrom(...withOneKey.flatMap(row => row.names))
  ),
  fc.boolean()
).map(([name, lower]) => lower ? name.toLowerCase() : name)
const part = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(inAnyCase, fc.array(word, { maxLength: 4 })).map(([name, args]) => command(name, ...args))
  },
  {
    weight: 1,
    arbitrary: fc.tuple(inAnyCase, fc.array(word, { maxLength: 3 })).map(words => `${words.flat().join(' ')}\r\n`)
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '*0\r\n',
      '*-1\r\n',
      '*1\r\n$-1\r\n',
      '$1\r\nx\r\n',
      '*2\r\n*1\r\n',
      '*2\r\n$3\r\nGET\r\n$-1\r\n',
      '*2\r\n$3\r\nGET\r\n*1\r\n$1\r\nk\r\n',
      '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n*1\r\n$1\r\nx\r\n'
    )
  }
)
const params = fc.record({
  unknownCommands: fc.constantFrom('refuse', 'by-first-argument'),
  severalServers: fc.constantFrom('refuse', 'split'),
  everyServer: fc.constantFrom('refuse', 'read'),
  auth: fc.constantFrom('refuse', 'accept'),
  pubSub: fc.constantFrom('one-server', 'refuse')
})

test('generated commands, in every state and cut anywhere', () => {
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 }),
      params,
      (parts, cuts, given) => {
        const whole = bytes(parts.join(''))
        const chunks: Uint8Array[] = []
        let at = 0
        for (const size of cuts) {
          if (at + size < whole.length) chunks.push(whole.subarray(at, at += size))
        }
        same([...chunks, whole.subarray(at)], given)
      }
    ),
    { numRuns: 200 }
  )
})

test('every command with one to five arguments', () => {
  for (const name of new Set([...names, ...names.map(given => given.toLowerCase())])) {
    for (const args of [[], ['k'], ['k', 'v'], ['k', '{k}2', '3'], ['1', 'k', 'l', 'm'], ['k', 'l', 'm', 'n', 'o']])
      same([bytes(command(name, ...args))], {})
  }
})

test('recorded clients', async () => {
  const recorded = fromHex(await readFile(new URL('../bench/commands.hex', import.meta.url), 'utf8'))
  same([recorded], {})
  const t = drive(redis, [recorded])
  expect(t.counters['commands'], 'nearly none of them is asked').toBeGreaterThan(50)
  expect(t.crossings).toBeLessThan(2)
})

test('nothing is asked about commands with one key, and all that follow another in the same read is', () => {
  const gets = command('GET', 'k').repeat(100)
  expect(drive(redis, [bytes(gets)]).crossings).toBe(0)
  const t = drive(redis, [bytes(gets + command('PING') + gets), bytes(gets)])
  expect([t.crossings, t.verdicts.length, t.counters['commands']]).toEqual([1, 301, 301])
  const inTransaction = drive(redis, [bytes(command('MULTI')), bytes(command('SET', 'k', '1')), bytes(command('EXEC')), bytes(gets)])
  expect([inTransaction.crossings, inTransaction.counters['commands']]).toEqual([3, 103])
})
