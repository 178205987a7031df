// What decisions of rules show of clients and messages, and what they do not.
import { expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'

/** Lines of the form `KEY VALUE`: each sets a field. */
const lines = `
import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'lines', api: 1, balance: 'per-connection',
  fields: { who: 'string', token: 'string', nick: 'string', about: 'string', body: 'string', size: 'int' },
  messageFields: ['about', 'body', 'size'],
  security: { clientId: 'who', topic: 'about', hidden: ['token', 'nick', 'body'] },
  client: { framing: frame.lines({ max: 20000 }), onMessage (message, ctx) {
    const [key, ...rest] = message.text().trimEnd().split(' ')
    ctx.set(key, rest.join(' '), { shown: key === 'nick' })
    ctx.set('size', message.length, { shown: false })
    ctx.refusal(encodeUtf8('refused\\n'))
    return forward()
  } }
})`

test('events have the values that were looked at, and nothing of what is hidden', async () => {
  const server = await TestServer.listen(chunk => chunk)
  const bench = await startEngine(around(lines, [server], {
    rules: [
      {
        name: 'all',
        expression:
          'body contains "payload" and token eq "t-secret" and nick eq "ann" and size gt 5 and not http.host eq "x"',
        action: 'log',
        priority: 1
      },
      { name: 'about', expression: 'lower(about) eq "news" or len(about) gt 300', action: 'block' },
      { name: 'dry', expression: 'about eq "dry"', action: 'block' }
    ].map(rule => rule.name === 'dry' ? { ...rule, state: 'simulated' } : rule) as never
  }))
  const client = bench.connect()
  client.socket.write(
    `who dev-1\ntoken t-secret\nnick ann\nbody a payload\nabout News\nabout dry\nabout ${'x'.repeat(400)}\n`
  )
  await until(() => bench.decisions.length === 4, 'the decisions')
  const [all, news, dry, long] = bench.decisions
  expect(all).toMatchObject({
    kind: 'rule',
    name: 'all',
    action: 'log',
    simulated: false,
    phase: 'message',
    userVserver: 'v',
    address: '127.0.0.1',
    connection: '0-1',
    clientId: 'dev-1',
    topic: undefined,
    weight: 1,
    fields: { body: '(hidden)', token: '(hidden)', nick: 'ann', size: 15 }
  })
  expect(news).toMatchObject({ name: 'about', action: 'block', topic: 'News', fields: { about: 'News' } })
  expect(dry).toMatchObject({ name: 'dry', simulated: true })
  expect(long!.fields['about']).toHaveLength(256)
  expect(long!.topic).toHaveLength(256)
  // Neither do log lines have them.
  for (const secret of ['t-secret', 'a payload'])
    expect(JSON.stringify([bench.decisions, bench.log.lines])).not.toContain(secret)
  const { controls } = bench.engine.stats()
  expect(controls['rule/about']).toEqual({ decisions: 2, simulated: 0, events: 2, actions: { block: 2 } })
  expect(controls['rule/dry']).toEqual({ decisions: 1, simulated: 1, events: 1, actions: {} })
  const { acted, observed } = bench.engine.tops()
  expect(acted.topic.hitters.map(({ count }) => count)).toEqual([1, 1])
  expect(observed.clientId.hitters).toEqual([{ value: 'dev-1', count: 2, error: 0 }])
  // A rule that stays keeps its counters in the next revision, and one that goes takes them along.
  await bench.apply({ rules: [{ name: 'about', expression: 'about eq "other"', action: 'block' }] })
  expect(Object.keys(bench.engine.stats().controls)).toEqual(['rule/about'])
  client.socket.write('about other\n')
  await until(() => bench.decisions.length === 5, 'the next decision')
  expect(bench.engine.stats().controls['rule/about']!.decisions).toBe(3)
})
