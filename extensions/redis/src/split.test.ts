import { drive, everySplit } from '@weirlb/testing'
import { expect, test } from 'vitest'
import redis from './index.ts'
import { command as encoded } from './reply.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const command = (...args: string[]): string => text(encoded(...args))
const bytes = (...commands: string[]): Uint8Array => Uint8Array.from(Buffer.from(commands.join(''), 'latin1'))
const server = (said: string) => ({ server: bytes(said) })
const params = { severalServers: 'split' }

test('a command of several places goes out as one for each server, and its reply has the order of the keys', () => {
  const asked = command('GET', 'k') + command('MGET', 'a', 'b', 'c') + command('GET', 'l')
  const t = everySplit(redis, [bytes(asked), server('$1\r\n1\r\n*3\r\n$1\r\nA\r\n$-1\r\n$4\r\n\r\n\r\n\r\n$1\r\n2\r\n')], { params })
  expect(text(t.forwarded), 'there is one server').toBe(asked)
  expect(text(t.returned)).toBe('$1\r\n1\r\n*3\r\n$1\r\nA\r\n$-1\r\n$4\r\n\r\n\r\n\r\n$1\r\n2\r\n')
})

test.each([
  [['DEL', 'a', 'b'], ':2\r\n', ':2\r\n'],
  [['EXISTS', 'a', 'b', 'a'], ':3\r\n', ':3\r\n'],
  [['MSET', 'a', '1', 'b', '2'], '+OK\r\n', '+OK\r\n'],
  [['MGET', 'a', 'b'], '-LOADING wait\r\n', '-LOADING wait\r\n'],
  [['DEL', 'a', 'b'], '!12\r\nLOADING wait\r\n', '!12\r\nLOADING wait\r\n'],
  [['MSET', 'a', '1', 'b', '2'], '!9\r\nOOM\r\nmore\r\n', '!9\r\nOOM\r\nmore\r\n']
])('%j answered with %j', (words, said, returned) => {
  expect(text(drive(redis, [bytes(command(...words)), server(said)], { params }).returned)).toBe(returned)
})

test('is refused when it is wrong, too long, or in a transaction', () => {
  const t = drive(redis, bytes(command('MSET', 'a', '1', 'b'), command('MGET', 'a', 'x'.repeat(70_000)), command('MULTI'), command('MGET', 'a', 'b')), { params })
  expect(text(t.returned)).toBe("-ERR wrong number of arguments for 'mset' command\r\n-ERR the keys have to be in the first 65536 bytes of a command\r\n+OK\r\n-CROSSSLOT Keys in request don't hash to the same slot\r\n")
  expect(text(t.forwarded)).toBe('')
})

test('what servers answer with more than 1 MiB together is an error, and nothing else ends', () => {
  const large = `$600000\r\n${'x'.repeat(600_000)}\r\n`
  const t = drive(redis, [bytes(command('MGET', 'a', 'b') + command('PING')), server(`*2\r\n${large}${large}`)], {
    params
  })
  expect(text(t.returned)).toBe(
    '-ERR the servers answer with more than 1 MiB together: ask for fewer keys\r\n+PONG\r\n'
  )
})
