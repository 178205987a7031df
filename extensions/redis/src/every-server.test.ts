import { drive, everySplit } from '@weirlb/testing'
import { expect, test } from 'vitest'
import redis from './index.ts'
import { command as encoded } from './reply.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const command = (...args: string[]): string => text(encoded(...args))
const bytes = (...commands: string[]): Uint8Array => Uint8Array.from(Buffer.from(commands.join(''), 'latin1'))
const server = (said: string) => ({ server: bytes(said) })
const params = { everyServer: 'write' }
/** What a client gets that asks this, and a server that answers so. */
const returned = (asked: string[], said: string): string =>
  text(drive(redis, [bytes(command(...asked)), ...said === '' ? [] : [server(said)]], { params }).returned)

test.each([
  [['DBSIZE'], ':3\r\n', ':3\r\n'],
  [['KEYS', '*'], '*2\r\n$1\r\na\r\n$1\r\nb\r\n', '*2\r\n$1\r\na\r\n$1\r\nb\r\n'],
  [['RANDOMKEY'], '$1\r\na\r\n', '$1\r\na\r\n'],
  [['RANDOMKEY'], '$-1\r\n', '$-1\r\n'],
  [['FLUSHALL', 'ASYNC'], '+OK\r\n', '+OK\r\n'],
  [['FLUSHDB'], "-READONLY You can't write.\r\n", "-READONLY server 'test': You can't write.\r\n"],
  [['DBSIZE'], '!12\r\nLOADING wait\r\n', "-LOADING server 'test': wait\r\n"],
  [['FLUSHALL'], '!8\r\nOOM a\r\nb\r\n', "-OOM server 'test': a??b\r\n"],
  [['DBSIZE'], '-NOAUTH\r\n', "-NOAUTH server 'test': \r\n"],
  [['SCRIPT', 'EXISTS', 'x', 'y'], '*2\r\n:1\r\n:0\r\n', '*2\r\n:1\r\n:0\r\n'],
  [['script', 'load', 'return 1'], '$2\r\nab\r\n', '$2\r\nab\r\n']
])('%j answered with %j', (asked, said, reply) => { expect(returned(asked, said)).toBe(reply) })

test('a scan has its place in its cursor, at every split of its bytes', () => {
  const scan = (cursor: string): string => command('SCAN', cursor, 'COUNT', '7')
  const t = everySplit(redis, [bytes(command('GET', 'k') + scan('0')), server('$1\r\nv\r\n*2\r\n$2\r\n17\r\n*1\r\n$1\r\na\r\n')], { params })
  expect(text(t.forwarded)).toBe(command('GET', 'k') + scan('0'))
  const [, cursor = ''] = /^\$1\r\nv\r\n\*2\r\n\$\d+\r\n(\d+)\r\n\*1\r\n\$1\r\na\r\n$/.exec(text(t.returned)) ?? []
  expect(BigInt(cursor) >> 22n).toBe(17n)
  const on = drive(redis, [bytes(scan(cursor)), server('*2\r\n$1\r\n0\r\n*0\r\n')], { params })
  expect(text(on.forwarded)).toBe(scan('17'))
  expect(text(on.returned)).toBe('*2\r\n$1\r\n0\r\n*0\r\n')
})

const changed =
  '-ERR the servers have changed since this scan began, or the cursor is none: begin again with cursor 0\r\n'
test.each([
  ['a cursor of other servers', '4194304', '*2\r\n$1\r\n0\r\n*0\r\n', changed],
  ['a cursor of a server that is not there', '1024', '', changed],
  ['a cursor that is none', '-1', '', '-ERR invalid cursor\r\n'],
  ['a cursor of more than 64 bits', '18446744073709551616', '', '-ERR invalid cursor\r\n'],
  ['an empty cursor', '', '', '-ERR invalid cursor\r\n'],
  ['an error as a bulk string', '0', '!16\r\nERR syntax error\r\n', "-ERR server 'test': syntax error\r\n"],
  ["a server's error", '0', '-ERR syntax error\r\n', "-ERR server 'test': syntax error\r\n"],
  ["a server's cursor that leaves no room", '0', '*2\r\n$13\r\n4398046511104\r\n*0\r\n', "-ERR server 'test' has a cursor that is too large\r\n"],
  ["a server's largest cursor", '0', '*2\r\n$13\r\n4398046511103\r\n*0\r\n', /^\*2\r\n\$20\r\n184467440737\d{8}\r\n\*0\r\n$/]
])('%s', (_, cursor, said, reply) => { expect(returned(['SCAN', cursor], said)).toMatch(reply) })

test.each([
  [['SCAN', '0'], '+OK\r\n'],
  [['SCAN', '0'], '*2\r\n:0\r\n*0\r\n'],
  [['DBSIZE'], '+OK\r\n'],
  [['KEYS', '*'], ':1\r\n'],
  [['SCRIPT', 'EXISTS', 'x'], '*1\r\n+a\r\n'],
  [['KEYS', '*'], '*-1\r\n'],
  [['SCRIPT', 'EXISTS', 'x'], '*-1\r\n'],
  [['SCAN', '0'], '*2\r\n$-1\r\n*0\r\n'],
  [['SCAN', '0'], '*2\r\n$1\r\nx\r\n*0\r\n'],
  [['SCAN', '0'], '*2\r\n$0\r\n\r\n*0\r\n'],
  [['DBSIZE'], ':1x\r\n'],
  [['DBSIZE'], ':\r\n'],
  [['DBSIZE'], ':99999999999999999999999\r\n']
])('%j answered with %j ends the client, for what the server says is not understood', (asked, said) => {
  expect(drive(redis, [bytes(command(...asked)), server(said)], { params }).closed).toBe('protocol-error')
})

test('more than 1 MiB of keys is an error, and nothing else ends', () => {
  const t = drive(redis, [bytes(command('KEYS', '*') + command('PING')), server(`*2\r\n${`$600000\r\n${'x'.repeat(600_000)}\r\n`.repeat(2)}`)], { params })
  expect(text(t.returned)).toBe('-ERR the servers answer with more than 1 MiB together: ask for fewer keys\r\n+PONG\r\n')
})

test('is refused where the operator does not let it, in a transaction, and to a client of RESP2 that has subscribed', () => {
  const why = (name: string, value: string, needed: string): string => `-ERR '${name}' is not taken here: it goes to every server, and the parameter everyServer is '${value}', not '${needed}'\r\n`
  const refused = (...asked: string[]): string => text(drive(redis, bytes(command(...asked))).returned)
  expect(refused('SCAN', '0')).toBe(why('scan', 'refuse', 'read'))
  expect(refused('FLUSHDB')).toBe(why('flushdb', 'refuse', 'write'))
  expect(text(drive(redis, bytes(command('FUNCTION', 'LOAD', 'x')), { params: { everyServer: 'read' } }).returned))
    .toBe(why('function load', 'read', 'write'))
  expect(refused('WAIT', '1', '0')).toMatch(/^-ERR 'wait' is not taken here: it waits for the replicas of one server/)
  expect(refused('SCRIPT', 'KILL')).toBe("-ERR 'script' is not taken here: it concerns one server: ask that one\r\n")
  expect(refused('SCRIPT')).toBe("-ERR 'script' is not taken here: it concerns one server: ask that one\r\n")
  expect(text(drive(redis, bytes(command('MULTI'), command('KEYS', '*'), command('EXEC')), { params }).returned))
    .toBe("+OK\r\n-ERR 'keys' is not taken inside a transaction: it goes to every server\r\n-EXECABORT Transaction discarded because of previous errors.\r\n")
  expect(text(drive(redis, [bytes(command('SUBSCRIBE', 'c'), command('DBSIZE')), server('+subscribed\r\n')], { params }).returned)).toMatch(/^\+subscribed\r\n-ERR Can't execute 'dbsize'/)
})
