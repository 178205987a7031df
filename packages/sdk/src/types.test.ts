// What must compile and what must not: checked by tsc, run only to see that the values are what the types say.
import { expect, test } from 'vitest'
import { defineProtocol, drop, forward, frame, more, param, pass, pipe, reject } from './index.ts'
import type { Context } from './index.ts'

const framing = frame.lines({ max: 1024 })
const base = { name: 'x', api: 1, balance: 'per-connection' } as const

test('state and params are inferred', () => {
  const protocol = defineProtocol({
    ...base,
    params: { limit: param.int({ default: 5 }), mode: param.oneOf(['a', 'b'], { default: 'a' }), open: param.boolean({ default: true }), label: param.string({ default: '' }), rules: param.list({ topic: param.string({ default: '#' }), effect: param.oneOf(['allow', 'deny'], { default: 'deny' }) }) },
    checkParams ({ limit, rules }) {
      // @ts-expect-error no such field of a rule
      if (limit > 5) return [{ path: 'rules', message: rules[0]!.topics }]
      return rules.flatMap(({ topic }, i) => topic === '' ? [{ path: `rules[${i}].topic`, message: 'expected a topic, got ""' }] : [])
    },
    state: () => ({ n: 0 }),
    client: {
      framing,
      onMessage (message, ctx) {
        ctx.state.n += ctx.params.limit
        const mode: 'a' | 'b' = ctx.params.mode
        const open: boolean = ctx.params.open
        const effects: readonly ('allow' | 'deny')[] = ctx.params.rules.map(rule => rule.effect)
        // @ts-expect-error no such field of a rule
        if (effects.length > 9) void ctx.params.rules[0]!.topics
        // @ts-expect-error no such state
        void ctx.state.q
        // @ts-expect-error no such parameter
        void ctx.params.limits
        // @ts-expect-error not a choice
        if (ctx.params.mode === 'c') return drop()
        // @ts-expect-error parameters are the operator's
        ctx.params.limit = 1
        // @ts-expect-error bytes, not text
        if (ctx.params.limit < 0) ctx.reply('text')
        // @ts-expect-error no such level
        if (ctx.params.limit < 0) ctx.log('error', 'x')
        return open && mode === 'a' ? forward({ token: message.text() }) : reject('no')
      }
    }
  })
  expect(protocol.name).toBe('x')
})

test('fields are set as they are declared', () => {
  const fields = { user: 'string', level: 'int', clean: 'bool', password: 'secret' } as const
  const publish = (ctx: Context<undefined, unknown, typeof fields>): void => {
    ctx.set('user', 'ann')
    // @ts-expect-error a text
    ctx.set('password', 5)
  }
  const protocol = defineProtocol({
    ...base,
    fields,
    client: {
      framing,
      onMessage (message, ctx) {
        publish(ctx)
        ctx.set('level', message.length)
        ctx.set('clean', true)
        // @ts-expect-error a whole number
        if (message.length > 9) ctx.set('level', '5')
        // @ts-expect-error true or false
        if (message.length > 9) ctx.set('clean', 1)
        // @ts-expect-error no such field
        if (message.length > 9) ctx.set('usr', 'ann')
        return forward()
      }
    },
    goodbye (_reason, ctx) {
      // @ts-expect-error no such field
      if (ctx.answered) ctx.set('usr', 'ann')
      return undefined
    }
  })
  // @ts-expect-error nothing is declared
  const bare = defineProtocol({ ...base, client: { framing, onMessage (_, ctx) { ctx.set('user', 'ann'); return forward() } } })
  // @ts-expect-error it is called pin
  const pinned = defineProtocol({ ...base, client: { framing, onMessage (_, ctx) { ctx.session('k'); return forward() } } })
  // @ts-expect-error it is called prelude
  const greeted = defineProtocol({ ...base, client: { framing, onMessage (_, ctx) { ctx.greet(new Uint8Array(1)); return forward() } } })
  expect([protocol, bare, pinned, greeted].map(({ name }) => name)).toEqual(['x', 'x', 'x', 'x'])
})

test('what is wrong does not compile', () => {
  // @ts-expect-error issues have places
  defineProtocol({ ...base, params: { limit: param.int({ default: 5 }) }, checkParams: () => 'no', client: { framing } })
  // @ts-expect-error unknown verdict key
  forward({ tokn: 'x' })
  // @ts-expect-error a key is text or bytes
  expect(() => forward({ token: 5 })).toThrow('forward({ token }): expected text or bytes (string or Uint8Array), got the number 5')
  // @ts-expect-error not a way to go on
  forward({ then: 'stop' })
  // @ts-expect-error a default is named
  param.int(5)
  // @ts-expect-error a number
  param.int({ default: '5' })
  // @ts-expect-error there is always a default
  param.int({ min: 1 })
  // @ts-expect-error a default that is no choice
  param.oneOf(['a', 'b'], { default: 'c' })
  // @ts-expect-error no such length
  frame.length({ at: 0, size: 3, max: 9 })
  // @ts-expect-error every framing needs max
  frame.varint({ at: 1 })
  // @ts-expect-error another API version
  defineProtocol({ ...base, api: 2, client: { framing } })
  // @ts-expect-error a promise is not a verdict
  defineProtocol({ ...base, client: { framing, async onMessage () { return forward() } } })
  // @ts-expect-error neither is it a state
  defineProtocol({ ...base, state: async () => ({ n: 0 }), client: { framing } })
  // @ts-expect-error nor last words
  defineProtocol({ ...base, client: { framing }, async goodbye () { return new Uint8Array(1) } })
  // @ts-expect-error nobody waits for what onClose does
  defineProtocol({ ...base, client: { framing }, async onClose () {} })
  // @ts-expect-error nobody waits for what onConnect does
  defineProtocol({ ...base, client: { framing }, async onConnect () {} })
  // @ts-expect-error a handler answers a verdict
  defineProtocol({ ...base, client: { framing, onMessage () {} } })
  // @ts-expect-error onConnect can only refuse
  defineProtocol({ ...base, onConnect: () => forward(), client: { framing } })
  // @ts-expect-error no such field type
  defineProtocol({ ...base, fields: { a: 'number' }, client: { framing } })
  expect(forward()).toEqual({ op: 'forward' })
})

test('a state may be anything but a promise, and onClose may answer nothing or what is nothing', () => {
  const count = defineProtocol({ ...base, client: { framing }, onClose: (why, ctx) => ctx.count(why) })
  const nothing = defineProtocol({ ...base, state: () => ({ n: 0 }), client: { framing }, onClose (why, ctx) { if (ctx.state.n > 0) ctx.count(why) } })
  const early = defineProtocol({ ...base, state: () => 5, client: { framing }, onClose (why, ctx) { if (ctx.state > 0) return; ctx.count(why) } })
  const none = defineProtocol({ ...base, state: (): { n: number } | undefined => undefined, client: { framing, onMessage: (_, ctx) => ctx.state === undefined ? drop() : forward({ token: String(ctx.state.n) }) } })
  expect([none.name, count.name, nothing.name, early.name]).toEqual(['x', 'x', 'x', 'x'])
})

test('a stream side answers counts, and a message side verdicts of messages', () => {
  const protocol = defineProtocol({
    ...base,
    state: () => ({ n: 0 }),
    client: {
      onData (chunk, end, ctx) {
        ctx.state.n += chunk.length
        // @ts-expect-error no such state
        void ctx.state.q
        if (end) return reject('no')
        if (ctx.state.n > 9) return pipe({ then: 'tunnel', token: 'x' })
        return chunk[0] === 0 ? drop(1) : chunk[0] === 1 ? pass(4, { session: 'x' }) : more(1)
      }
    },
    server: { framing, onMessage: () => forward() }
  })
  expect(protocol.name).toBe('x')

  // @ts-expect-error a message's verdict
  defineProtocol({ ...base, client: { onData: () => forward() } })
  // @ts-expect-error of a stream so many bytes are dropped
  defineProtocol({ ...base, client: { onData: () => drop() } })
  // @ts-expect-error counts are of streams
  defineProtocol({ ...base, client: { framing, onMessage: () => pass(1) } })
  // @ts-expect-error counts are of streams
  defineProtocol({ ...base, client: { framing, onMessage: () => pipe() } })
  // @ts-expect-error a stream has no framing
  defineProtocol({ ...base, client: { framing, onData: () => pass(1) } })
  // @ts-expect-error nor messages
  defineProtocol({ ...base, client: { onData: () => pass(1), onMessage: () => forward() } })
  // @ts-expect-error nor a head to peek at
  defineProtocol({ ...base, client: { onData: () => pass(1), peek: 4 } })
  // @ts-expect-error a promise is not a verdict
  defineProtocol({ ...base, client: { async onData () { return pass(1) } } })
  // @ts-expect-error a side has a framing, or onData
  defineProtocol({ ...base, client: {} })
  // @ts-expect-error how many
  pass()
  // @ts-expect-error unknown key
  pass(1, { tokn: 'x' })
  // @ts-expect-error what is dropped goes to no server
  drop(1, { token: 'x' })
  // @ts-expect-error a message is dropped whole
  defineProtocol({ ...base, client: { framing, onMessage: () => drop(1) } })
  // @ts-expect-error a pipe is what `then` would say
  pipe({ then: 'pipe' })
  // @ts-expect-error `then` says it
  pipe({ both: true })
  expect([pass(1), pipe(), pipe({ then: 'tunnel' }), more(2), drop(3), drop()]).toEqual([{ op: 'pass', n: 1 }, { op: 'pipe' }, { op: 'pipe', then: 'tunnel' }, { op: 'more', n: 2 }, { op: 'drop', n: 3 }, { op: 'drop' }])
})
