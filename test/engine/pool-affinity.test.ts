// Affinity of GLBs: a client with a session key comes back to its pool.
import { LocalSessionDirectory } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { NamesBench, says, type Glb } from '../support/names-bench.ts'
import { perMessageProtocol } from '../support/per-message-protocol.ts'
import { BINARY, frame } from '../support/raw-websocket.ts'

const glb: Glb = {
  name: 'g',
  match: { hosts: ['*'] },
  pools: [{ name: 'one' }, { name: 'two' }],
  fallback: 'three',
  affinity: { type: 'user-session' }
}

let sessions: LocalSessionDirectory
beforeEach(() => { sessions = new LocalSessionDirectory() })

/** Where a client of this key comes, and leaves. */
const visit = async (names: NamesBench, who: string): Promise<string> => {
  const socket = await names.open('g.test')
  const server = await says(socket, `hello ${who}`)
  socket.socket.destroy()
  await until(() => names.bench.engine.connections({ session: who }).length === 0, 'the client to leave')
  return server
}

describe('a client with a session key', () => {
  test('comes back to its pool while that is not out, and others go by the steering', async () => {
    const names = await NamesBench.start([glb], {}, { sessions })
    names.health({ one: 'down' })
    expect(await visit(names, 'ann')).toBe('two')
    names.health({ one: 'up' })
    expect([await visit(names, 'ann'), await visit(names, 'eva'), await visit(names, 'ann')]).toEqual([
      'two',
      'one',
      'two'
    ])
    names.health({ two: 'down' })
    expect(await visit(names, 'ann')).toBe('one')
    names.health({ two: 'up' })
    expect(await visit(names, 'ann')).toBe('one')
    expect(names.bench.engine.stats().glbs['g']).toMatchObject({ picks: 6, sessionHits: 3, sessionMisses: 3 })
    expect([sessions.table.size, sessions.table.holdsAny]).toEqual([2, false])
  })

  test('goes by the steering without affinity, and without a key', async () => {
    const names = await NamesBench.start([{ ...glb, affinity: { type: 'none' } }])
    names.health({ one: 'down' })
    expect(await visit(names, 'ann')).toBe('two')
    names.health({ one: 'up' })
    expect(await visit(names, 'ann')).toBe('one')
    await names.bench.apply({ glbs: [glb] })
    expect(await names.socket('g.test')).toBe('one')
  })

  test('does not stay at the fallback', async () => {
    const names = await NamesBench.start([glb], {}, { sessions })
    names.health({ one: 'down', two: 'down' })
    expect(await visit(names, 'ann')).toBe('three')
    names.health({ two: 'up' })
    expect(await visit(names, 'ann')).toBe('two')
  })

  test('has its service within the pool, and leaves no entry held', async () => {
    const pinned = (name: string, ...services: string[]) => ({
      name,
      services: services.map(name => ({ name })),
      persistence: { type: 'user-session' as const }
    })
    const names = await NamesBench.start(
      [{ ...glb, pools: [{ name: 'one' }, { name: 'both' }], fallback: undefined }],
      {
        lbVservers: [pinned('one', 'one'), pinned('both', 'two', 'three'), { name: 'wone', type: 'HTTP' }]
      },
      { sessions }
    )
    names.health({ one: 'down' })
    const first = [await visit(names, 'ann'), await visit(names, 'eva')]
    expect(first.toSorted()).toEqual(['three', 'two'])
    names.health({ one: 'up' })
    expect([await visit(names, 'ann'), await visit(names, 'eva'), await visit(names, 'ann')]).toEqual([
      ...first,
      first[0]
    ])
    expect([sessions.table.size, sessions.table.holdsAny]).toEqual([4, false])
  })

  test('is explained', async () => {
    const names = await NamesBench.start([glb], {}, { sessions })
    sessions.pin('glb/g', 'ann', 'two')
    const explained = await names.bench.engine.explain({
      userVserver: 'v',
      bytes: Buffer.from('hello ann\n'),
      side: 'client',
      client: {
        address: '127.0.0.1',
        port: 1,
        http: { path: '/', headers: { host: 'g.test' }, subprotocol: undefined }
      }
    })
    expect(explained.frames[0]!.decision).toMatchObject({
      rule: { pattern: '*' },
      glb: {
        session: { key: 'ann', entry: 'two', used: true },
        pools: [{ pool: 'one', verdict: 'spare' }, { pool: 'two', verdict: 'chosen' }]
      },
      service: 'two'
    })
  })

  test('keeps the pool under a key that its server gave it', async () => {
    const source = `
      import { defineProtocol, forward, frame } from '@weirlb/sdk'
      export default defineProtocol({
        name: 'learned', api: 1, balance: 'per-connection',
        client: { framing: frame.lines({ max: 1000 }), onMessage: message => { const [word, rest] = message.text().trim().split(' '); return word === 'i-am' ? forward({ session: rest }) : forward() } },
        server: { framing: frame.lines({ max: 1000 }), onMessage: (message, ctx) => { ctx.pin('learned'); return forward() } }
      })`
    const names = await NamesBench.start([glb], {}, { source, sessions })
    names.health({ one: 'down' })
    expect(await names.socket('g.test')).toBe('two')
    names.health({ one: 'up' })
    const socket = await names.open('g.test')
    expect(await says(socket, 'i-am learned')).toBe('two')
  })

  test('has its messages at one pool, balanced one by one', async () => {
    const names = await NamesBench.start([{ ...glb, steering: 'weighted' }], {}, { source: perMessageProtocol('none'), sessions })
    const socket = await names.open('g.test')
    for (let n = 0; n < 20; n++) socket.socket.write(frame(BINARY, `session ${n % 4}\n`))
    await until(() => names.bench.engine.stats().glbs['g']!.picks === 20, 'all messages to be placed')
    expect(names.bench.engine.stats().glbs['g']).toMatchObject({
      sessionMisses: 4,
      sessionHits: 16,
      pools: { one: 10, two: 10 }
    })
    socket.socket.destroy()
    await names.bench.log.ends()
    expect([sessions.table.size, sessions.table.holdsAny]).toEqual([4, false])
  })
})
