// Rules in the engine, with extensions of which the tests know every byte.
import { expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'

/**
 * Lines: the first word is a field of the message, and "tunnel" ends the inspection. Every line has a refusal of its
 * own.
 */
const lines = `
import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'lines', api: 1, balance: 'per-connection',
  fields: { word: 'string', length: 'int', first: 'string' }, messageFields: ['word', 'length'],
  state: () => ({ named: false }),
  client: { framing: frame.lines({ max: 200 }), onMessage (message, ctx) {
    const [word = ''] = message.text().trimEnd().split(' ')
    if (word !== 'mute') ctx.set('word', word)
    if (ctx.wants('length')) ctx.set('length', message.length, { shown: false })
    if (!ctx.state.named) ctx.set('first', word)
    ctx.state.named = true
    ctx.refusal(encodeUtf8('refused\\n'))
    return forward(word === 'tunnel' ? { then: 'tunnel' } : {})
  } },
  goodbye: reason => encodeUtf8('bye ' + reason + '\\n')
})`

test('a message is blocked alone, by its own fields, and those of its connection', async () => {
  const server = await TestServer.listen(chunk => chunk)
  const bench = await startEngine(around(lines, [server], { rules: [
    { name: 'bad', expression: 'word eq "bad"', action: 'block' },
    { name: 'long', expression: 'length gt 20 and first eq "hello"', action: 'block' }
  ] }))
  const client = bench.connect()
  client.socket.write('hello\nbad thing\nmute bad\ngood\n')
  await client.gets('good\n')
  expect(client.text.split('\n').sort()).toEqual(['', 'good', 'hello', 'mute bad', 'refused'])
  client.socket.write('a line that is much too long\n')
  await until(() => client.text.split('refused').length === 3, 'the second refusal')
  expect(bench.engine.stats().rules).toEqual({
    bad: { matched: 1, blocked: 1, challenged: 0 },
    long: { matched: 1, blocked: 1, challenged: 0 }
  })
  await until(() => bench.decisions.length === 2, 'the decisions')
  expect(bench.decisions.map(({ name, phase }) => [name, phase])).toEqual([['bad', 'message'], ['long', 'message']])
})

test('a blocked message that ends the inspection ends the connection', async () => {
  const server = await TestServer.listen(chunk => chunk)
  const bench = await startEngine(
    around(lines, [server], { rules: [{ name: 'no-tunnel', expression: 'word eq "tunnel"', action: 'block' }] })
  )
  const client = bench.connect()
  client.socket.write('tunnel\nafter\n')
  await client.closes()
  expect(client.text).toBe('bye rule\n')
  await bench.log.ends()
  expect(bench.engine.stats().userVservers['v']!.closed).toEqual({ rule: 1 })
})

test('a server\'s message is looked at in phase reply', async () => {
  const server = await TestServer.listen(chunk => chunk)
  const bench = await startEngine(around(lines.replace('goodbye:', "server: { framing: frame.lines({ max: 200 }), onMessage (message, ctx) { ctx.set('word', message.text().trimEnd()); return forward() } },\n  goodbye:"), [server], {
    rules: [{ name: 'leak', expression: 'word eq "secret"', action: 'block', phase: 'reply' }]
  }))
  const client = bench.connect()
  client.socket.write('fine\n')
  await client.gets('fine\n')
  client.socket.write('secret\n')
  await client.closes()
  expect(client.text).toBe('fine\nbye rule\n')
})

test('a server\'s messages set fields for rules only while rules look at them', async () => {
  const server = await TestServer.listen(chunk => chunk)
  const shows = lines.replace('goodbye:', "server: { framing: frame.lines({ max: 200 }), onMessage: (message, ctx) => forward({ bytes: encodeUtf8(String(ctx.wants('word')) + ' ' + String(ctx.wants('first')) + '\\n') }) },\n  goodbye:")
  const rule = { name: 'both', expression: 'word eq "bad" and first eq "worse"', action: 'block' } as const
  for (const [phase, wanted] of [['message', 'false true\n'], ['reply', 'true true\n']] as const) {
    const bench = await startEngine(around(shows, [server], { rules: [{ ...rule, phase }] }))
    const client = bench.connect()
    client.socket.write('fine\n')
    await client.gets(wanted)
  }
})
