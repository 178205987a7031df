// GLBs of a whole Weir: server names of TLS clients, on one process and on several.
import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createWeir, type ConfigInput, type Weir } from 'weirlb'
import { certificateFor, type Certificate } from '../support/certificate.ts'
import { Client, Farm, serverOf } from './farm.ts'

let farm: Farm
let certificate: Certificate
beforeAll(async () => {
  farm = await Farm.start('red', 'blue', 'green')
  certificate = await certificateFor('*.example.test')
})
afterAll(() => { farm.close() })

const running: Weir[] = []
afterEach(async () => { for (const weir of running.splice(0)) await weir.stop({ graceMs: 200 }) })

/** Each server is the only one of the LB vserver of its name. */
const config = (): ConfigInput => ({
  ...farm.config(),
  userProtocols: [{ name: 'HELLO', transport: 'ssl', extension: 'hello' }],
  certkeys: [{ name: 'c', ...certificate }],
  lbVservers: farm.servers.map(({ name }) => ({ name, services: [{ name }] })),
  glbs: [
    { name: 'shop', match: { sni: ['shop.example.test'] }, pools: [{ name: 'blue' }, { name: 'green' }] },
    { name: 'rest', match: { sni: ['*.example.test'] }, pools: [{ name: 'green' }], fallback: 'red' }
  ],
  userVservers: [{
    name: 'v',
    protocol: 'HELLO',
    address: '127.0.0.1',
    port: 0,
    defaultLb: 'red',
    certificates: ['c'],
    glbs: ['shop', 'rest']
  }]
})

const start = async (workers: number): Promise<{ weir: Weir, port: number }> => {
  const weir = createWeir({ workers, log: { level: 'silent' }, config: config() })
  running.push(weir)
  await weir.start()
  return { weir, port: (await weir.userVservers.status('v')).listening!.port }
}

describe.each([0, 2])('with %i workers', workers => {
  test('the server name leads clients, and every worker counts', async () => {
    const { weir, port } = await start(workers)
    const names = ['shop.example.test', 'SHOP.example.test', 'a.b.example.test', 'elsewhere.test']
    const asked = Array.from({ length: 24 }, (_, n) => names[n % names.length]!)
    const found = await Promise.all(asked.map(async (name, n) => await serverOf(port, `c${n}`, name)))
    expect(found).toEqual(
      asked.map(name =>
        ({ 'shop.example.test': 'blue', 'SHOP.example.test': 'blue', 'a.b.example.test': 'green' })[name] ?? 'red'
      )
    )
    const { glbs } = await weir.stats()
    expect(glbs).toEqual({
      shop: { picks: 12, fallback: 0, noService: 0, sessionHits: 0, sessionMisses: 0, pools: { blue: 12 } },
      rest: { picks: 6, fallback: 0, noService: 0, sessionHits: 0, sessionMisses: 0, pools: { green: 6 } }
    })
  })

  test('a change under load drops nobody, and moves nobody', async () => {
    const { weir, port } = await start(workers)
    const kept = await Client.connect(port, 'kept', 'shop.example.test')
    let stop = false
    const seen = new Set<string>()
    const load = Promise.all(Array.from({ length: 4 }, async (_, lane) => {
      for (let n = 0; !stop; n++) seen.add(await serverOf(port, `${lane}-${n}`, 'shop.example.test'))
    }))
    for (const pool of ['green', 'red', 'blue', 'green']) {
      seen.clear()
      await weir.glbs.patch('shop', { pools: [{ name: pool }], match: { sni: ['shop.example.test', `${pool}.test`] } })
      await until(() => seen.has(pool), `a client at ${pool}`)
    }
    stop = true
    await load
    expect(await kept.say('still there?')).toBe('blue: still there?')
    kept.close()
    expect((await weir.stats()).userVservers['v']!.closed).not.toHaveProperty('no-service')
  })

  test('the time of probes reaches every worker, for steering by latency', async () => {
    const { weir } = await start(workers)
    await weir.config.edit(draft => {
      for (const { name } of farm.servers)
        draft.services.patch(name, { monitors: [{ type: 'tcp', intervalSeconds: 0.05 }] })
      draft.glbs.patch('shop', { steering: 'latency' })
    })
    const known = async (): Promise<boolean> => {
      const { frames } = await weir.userVservers.explain('v', Buffer.from('HELLO ann\n'), {
        client: { serverName: 'shop.example.test' }
      })
      return frames[0]!.decision!.glb!.pools.every(({ latencyMs }) => latencyMs !== undefined)
    }
    await until(known, 'the latency of every pool')
  })

  test('what a client gets is explained: rule, pool and service', async () => {
    const { weir } = await start(workers)
    const { frames } = await weir.userVservers.explain('v', Buffer.from('HELLO ann\n'), {
      client: { serverName: 'a.b.example.test' }
    })
    expect(frames[0]!.decision).toMatchObject({
      rule: { pattern: '*.example.test', path: undefined, field: undefined },
      glb: {
        glb: 'rest',
        steering: 'failover',
        pools: [{ pool: 'green', available: 1, minimumUp: 1, verdict: 'chosen' }],
        fallback: { pool: 'red', chosen: false }
      },
      lbVserver: 'green',
      service: 'green',
      by: 'method'
    })
    await weir.services.disable('green')
    const { frames: [frame], outcome } = await weir.userVservers.explain('v', Buffer.from('HELLO ann\n'), {
      client: { serverName: 'a.b.example.test' }
    })
    expect([frame!.decision!.glb, outcome.service]).toMatchObject([{
      pools: [{ available: 0, verdict: 'out' }],
      fallback: { pool: 'red', chosen: true }
    }, 'red'])
    await weir.glbs.patch('rest', { fallback: null })
    const refused = await weir.userVservers.explain('v', Buffer.from('HELLO ann\n'), {
      client: { serverName: 'a.b.example.test' }
    })
    expect(refused).toMatchObject({
      frames: [{ decision: { glb: { fallback: undefined }, service: undefined, refusal: 'no-service' } }],
      outcome: { reason: 'no-service' }
    })
    const { frames: [other] } = await weir.userVservers.explain('v', Buffer.from('HELLO ann\n'), {
      client: { serverName: 'elsewhere.test' }
    })
    expect(other!.decision).toMatchObject({ rule: undefined, glb: undefined, lbVserver: 'red' })
    expect((await weir.stats()).glbs['rest']).toMatchObject({ picks: 0, noService: 0 })
  })
})

test('a GLB is part of transactions and of the configuration, has a status, and keeps what it refers to', async () => {
  const { weir } = await start(0)
  await expect(weir.lbVservers.delete('blue')).rejects.toMatchObject({
    code: 'in-use',
    issues: [{ path: 'glbs[0].pools[0].name' }]
  })
  await expect(weir.glbs.delete('shop')).rejects.toMatchObject({
    code: 'in-use',
    issues: [{ path: 'userVservers[0].glbs[0]' }]
  })
  expect(weir.config.get().value.glbs.map(({ name }) => name)).toEqual(['shop', 'rest'])
  await weir.services.disable('blue')
  expect(await weir.glbs.status('shop')).toMatchObject({ value: 'up', reason: "pool 'blue' has 0 of 1 services that it needs; pool 'green' serves" })
  await weir.services.disable('green')
  expect(await weir.glbs.status('shop')).toMatchObject({ value: 'down', reason: "pool 'blue' has 0 of 1 services that it needs, pool 'green' has 0 of 1 services that it needs" })
  expect(await weir.glbs.status('rest')).toMatchObject({ value: 'up', reason: "pool 'green' has 0 of 1 services that it needs; fallback 'red' serves" })
  await weir.services.disable('red')
  expect(await weir.userVservers.status('v')).toMatchObject({ value: 'up', reason: expect.stringContaining("clients of GLB 'rest' are served") as unknown })
  expect(await weir.glbs.disable('rest')).toMatchObject({ value: { state: 'disabled' } })
  expect(await weir.userVservers.status('v')).toMatchObject({ value: 'down' })
  await weir.config.edit(draft => {
    draft.userVservers.patch('v', { glbs: [] })
    draft.glbs.delete('shop')
    draft.glbs.delete('rest')
    draft.lbVservers.delete('blue')
  })
  expect(weir.config.get().value.glbs).toEqual([])
})
