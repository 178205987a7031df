import { drive, everySplit } from '@weirlb/testing'
import { expect, test } from 'vitest'
import redis from './index.ts'
import { command as encoded } from './reply.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const command = (...args: string[]): string => text(encoded(...args))
const bytes = (...commands: string[]): Uint8Array => Uint8Array.from(Buffer.from(commands.join(''), 'latin1'))
const set = command('SET', '{a}1', 'v')
const get = command('GET', '{a}2')
const server = (said: string) => ({ server: bytes(said) })

test('a transaction goes to one server as one message, and only its reply comes back', () => {
  const t = everySplit(redis, [bytes(command('GET', 'k'), command('MULTI'), set, get, command('PING'), command('EXEC'), command('GET', 'k')), server('$1\r\n1\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n+OK\r\n$-1\r\n+PONG\r\n$1\r\n2\r\n')])
  expect(text(t.forwarded)).toBe(command('GET', 'k') + command('MULTI') + set + get + command('PING') + command('EXEC') + command('GET', 'k'))
  expect(text(t.returned)).toBe('$1\r\n1\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n+OK\r\n$-1\r\n+PONG\r\n$1\r\n2\r\n')
  expect(t.verdicts.filter(({ op }) => op === 'forward')[1]).toMatchObject({ token: 'a', swallow: 4 })
})

const OK = '+OK\r\n'
const QUEUED = '+QUEUED\r\n'
const aborted = '-EXECABORT Transaction discarded because of previous errors.\r\n'
test.each([
  ['a command that is refused', ['KEYS', '*'], "-ERR 'keys' is not taken here: it goes to every server, and the parameter everyServer is 'refuse', not 'read'\r\n"],
  ['keys of another place', ['SET', 'b', '1'], "-CROSSSLOT Keys in request don't hash to the same slot\r\n"],
  ['keys of two places', ['MGET', '{a}1', 'b'], "-CROSSSLOT Keys in request don't hash to the same slot\r\n"],
  ['too few arguments', ['GET'], "-ERR wrong number of arguments for 'get' command\r\n"],
  ['another protocol', ['HELLO', '3'], "-ERR 'hello' is not taken inside a transaction\r\n"],
  ['a subscription', ['SUBSCRIBE', 'c'], "-ERR 'subscribe' is not taken inside a transaction\r\n"],
  ['another database', ['SELECT', '1'], '-ERR there is database 0 only: a database belongs to a connection, and connections to servers are shared by databases\r\n'],
  ['too many bytes', ['SET', '{a}1', 'x'.repeat(70_000)], '-ERR a transaction has at most 196608 bytes, and a command of it 65536\r\n']
])('%s refuses it as a whole, and nothing of it runs', (_, wrong, answer) => {
  const t = drive(redis, bytes(command('MULTI'), set, command(...wrong), get, command('EXEC'), command('EXEC')))
  expect(text(t.forwarded)).toBe('')
  expect(text(t.returned)).toBe(OK + QUEUED + answer + QUEUED + aborted + '-ERR EXEC without MULTI\r\n')
})

test('a nested MULTI and a WATCH inside are refused, and the transaction goes on', () => {
  const t = drive(redis, [bytes(command('MULTI'), set, command('MULTI'), command('WATCH', '{a}1'), command('EXEC')), server(OK + QUEUED + '*1\r\n+OK\r\n')])
  expect(text(t.returned)).toBe(OK + QUEUED + '-ERR MULTI calls can not be nested\r\n-ERR WATCH inside MULTI is not allowed\r\n*1\r\n+OK\r\n')
})

test('an empty one and one that is discarded reach no server', () => {
  const t = drive(
    redis,
    bytes(command('MULTI'), command('EXEC'), command('MULTI'), set, command('DISCARD'), command('DISCARD'))
  )
  expect([text(t.forwarded), text(t.returned)]).toEqual([
    '',
    `${OK}*0\r\n${OK}${QUEUED}${OK}-ERR DISCARD without MULTI\r\n`
  ])
})

test('keys are watched at one place, whose link is kept until EXEC, DISCARD or UNWATCH', () => {
  const watch = command('WATCH', '{a}1', '{a}2')
  const forwards = (t: ReturnType<typeof drive>): unknown[] => t.verdicts.filter(({ op }) => op === 'forward')
  const exec = drive(redis, bytes(watch, command('WATCH', 'b'), command('MULTI'), command('GET', 'b'), set, command('EXEC')))
  expect(forwards(exec)).toMatchObject([{ op: 'forward', token: 'a', keep: true }, { bytes: encoded('UNWATCH'), keep: false }])
  const fine = drive(redis, bytes(watch, command('MULTI'), set, command('EXEC'), command('UNWATCH')))
  expect(forwards(fine)).toMatchObject([{ keep: true }, { token: 'a', swallow: 2, keep: false }])
  const empty = drive(redis, bytes(watch, command('MULTI'), command('EXEC')))
  expect(forwards(empty)).toMatchObject([{ keep: true }, { token: 'a', swallow: 1, keep: false }])
  for (const end of [[command('MULTI'), set, command('DISCARD')], [command('UNWATCH')]]) {
    const t = drive(redis, bytes(watch, ...end))
    expect(forwards(t)).toMatchObject([{ keep: true }, { token: 'a', keep: false }])
    expect(text(t.forwarded)).toBe(watch + command('UNWATCH'))
  }
})

test('an aborted one that watches lets go, and its server answers nobody', () => {
  const t = drive(redis, [bytes(command('WATCH', '{a}1'), command('MULTI'), command('KEYS', '*'), command('EXEC'), get), server(`${OK}${OK}$1\r\nv\r\n`)])
  expect(text(t.returned)).toMatch(/^\+OK\r\n\+OK\r\n-ERR 'keys'[^\r]*\r\n-EXECABORT[^\r]*\r\n\$1\r\nv\r\n$/)
  expect(text(t.forwarded)).toBe(command('WATCH', '{a}1') + command('UNWATCH') + get)
})
