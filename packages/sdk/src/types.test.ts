// What must compile and what must not: checked by tsc, run only to see that the values are what the types say.
import { expect, test } from 'vitest'
import { defineProtocol, drop, forward, frame, param, reject } from './index.ts'

const framing = frame.lines({ max: 1024 })
const base = { name: 'x', api: 1, balance: 'per-connection' } as const

test('state and params are inferred', () => {
  const protocol = defineProtocol({
    ...base,
    params: { limit: param.int(5), mode: param.oneOf('a', ['a', 'b']), open: param.boolean(true), label: param.string(''), rules: param.list({ topic: param.string('#'), effect: param.oneOf('deny', ['allow', 'deny']) }) },
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

test('what is wrong does not compile', () => {
  // @ts-expect-error unknown verdict key
  forward({ tokn: 'x' })
  // @ts-expect-error a key is text or bytes
  forward({ token: 5 })
  // @ts-expect-error not a way to go on
  forward({ then: 'stop' })
  // @ts-expect-error a default that is no choice
  param.oneOf('c', ['a', 'b'])
  // @ts-expect-error no such length
  frame.length({ at: 0, size: 3, max: 9 })
  // @ts-expect-error every framing needs max
  frame.varint({ at: 1 })
  // @ts-expect-error another API version
  defineProtocol({ ...base, api: 2, client: { framing } })
  // @ts-expect-error a promise is not a verdict
  defineProtocol({ ...base, client: { framing, async onMessage () { return forward() } } })
  // @ts-expect-error a handler answers a verdict
  defineProtocol({ ...base, client: { framing, onMessage () {} } })
  // @ts-expect-error onConnect can only refuse
  defineProtocol({ ...base, onConnect: () => forward(), client: { framing } })
  // @ts-expect-error no such field type
  defineProtocol({ ...base, fields: { a: 'number' }, client: { framing } })
  expect(forward()).toEqual({ op: 'forward' })
})
