import { drive } from '@weirlb/testing'
import { expect, test } from 'vitest'
import redis from './index.ts'
import { command as encoded } from './reply.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const command = (...args: string[]): string => text(encoded(...args))
const bytes = (...commands: string[]): Uint8Array => Uint8Array.from(Buffer.from(commands.join(''), 'latin1'))
const server = (said: string) => ({ server: bytes(said) })
const message = (kind: string): string => `${kind}3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n`

test('RESP3: messages stand between replies, and the client goes on', () => {
  const t = drive(redis, [
    bytes(command('HELLO', '3'), command('SUBSCRIBE', 'c'), command('GET', 'k'), command('GET', 'l')),
    server(`%0\r\n>3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n$1\r\n1\r\n${message('>')}$1\r\n2\r\n`)
  ])
  expect(text(t.returned).slice(text(t.returned).indexOf('>'))).toBe(
    `>3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n$1\r\n1\r\n${message('>')}$1\r\n2\r\n`
  )
  expect(t.closed).toBe(undefined)
})

test('RESP2: once it has subscribed, a client has its messages and nothing else', () => {
  const t = drive(redis, [
    bytes(
      command('GET', 'k'),
      command('SUBSCRIBE', 'c', 'd'),
      command('PSUBSCRIBE', 'x*'),
      command('GET', 'k'),
      command('PING')
    ),
    server(`$1\r\n1\r\n${message('*').repeat(5)}`)
  ])
  const refused = "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT are allowed in this context\r\n"
  expect(text(t.returned), 'the error stands where its reply would').toBe(`$1\r\n1\r\n${message('*').repeat(3)}${refused}${message('*').repeat(2)}`)
  expect(text(t.forwarded)).toBe(command('GET', 'k') + command('SUBSCRIBE', 'c', 'd') + command('PSUBSCRIBE', 'x*') + command('PING'))
})

test('all subscriptions and what is published have one place', () => {
  const { verdicts } = drive(
    redis,
    bytes(command('PUBLISH', 'c', 'x'), command('PUBSUB', 'CHANNELS'), command('SUBSCRIBE', 'd'))
  )
  expect(new Set(verdicts.map(verdict => (verdict as { token?: unknown }).token)).size).toBe(1)
})

test('an operator may refuse subscriptions', () => {
  const t = drive(redis, bytes(command('SUBSCRIBE', 'c'), command('PUBLISH', 'c', 'x')), { params: { pubSub: 'refuse' } })
  expect(text(t.returned)).toBe("-ERR 'subscribe' is not taken here: the operator refuses subscriptions\r\n-ERR 'publish' is not taken here: the operator refuses subscriptions\r\n")
})
