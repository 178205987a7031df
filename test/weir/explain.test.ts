import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createWeir, type ExplainOptions, type Weir, type WeirOptions } from 'weirlb'
import { Farm, serverOf } from './farm.ts'

let farm: Farm
beforeAll(async () => { farm = await Farm.start('red', 'blue') })
afterAll(() => { farm.close() })

const running: Weir[] = []
afterEach(async () => { for (const weir of running.splice(0)) await weir.stop({ graceMs: 200 }) })

const start = async (options: WeirOptions): Promise<Weir> => {
  const weir = createWeir({ workers: 0, log: { level: 'silent' }, ...options })
  running.push(weir)
  await weir.start()
  return weir
}
const hello = (name: string): Uint8Array => Buffer.from(`HELLO ${name}\nand then`)

describe.each([0, 1, 2])('with %i workers', workers => {
  test('what would happen is told, and does not happen', async () => {
    const weir = await start({ workers, config: farm.config() })
    const port = (await weir.userVservers.status('v')).listening!.port
    const asked = await weir.userVservers.explain('v', hello('ann'))
    expect(asked).toMatchObject({
      userVserver: 'v',
      extension: 'hello',
      frames: [{
        offset: 0,
        length: 10,
        seen: true,
        answer: {
          verdict: { op: 'forward', session: 'ann', token: 'ann', then: 'tunnel' },
          effects: [{ kind: 'set', field: 'hello.name', value: 'ann' }]
        }
      }],
      rest: { why: 'piped' },
      outcome: { becomes: 'tunnel' }
    })
    expect(asked.frames[0]!.decision).toMatchObject({
      lbVserver: 'lb',
      method: 'round-robin',
      session: { key: 'ann', entry: undefined, used: false },
      by: 'method'
    })
    expect(await weir.sessions.list()).toEqual([])
    expect((await weir.stats()).lbVservers['lb']).toMatchObject({ picks: 0 })

    const server = await serverOf(port, 'ann')
    const again = await weir.userVservers.explain('v', hello('ann'))
    expect(again.frames[0]!.decision).toMatchObject({
      service: server,
      by: 'session',
      session: { key: 'ann', entry: server, used: true }
    })
    expect(again.outcome.service).toBe(server)
  })
})

test('the extension sees every fact about the client that is given', async () => {
  const config = farm.config()
  const source = config.extensions![0]!.source!.replace("const name =", "ctx.set('hello.name', JSON.stringify(ctx.client))\n      const name =")
  const weir = await start({ config: { ...config, extensions: [{ name: 'hello', source }] } })
  const client = {
    address: '192.0.2.7',
    port: 50123,
    serverName: 'a.example',
    alpn: 'mqtt',
    certificate: {
      commonNames: ['meter-7'],
      issuer: [{ type: 'O', value: 'Farm' }],
      notAfter: '2030-01-01T00:00:00.000Z'
    },
    psk: 'device-1',
    proxied: { authority: 'b.example', tls: { verified: true, commonName: 'meter-7' } },
    http: { path: '/mqtt?token=1', headers: { Origin: 'https://app.example' }, subprotocol: 'mqtt' }
  }
  const seen = async (given: ExplainOptions['client']): Promise<unknown> => {
    const { frames } = await weir.userVservers.explain('v', hello('ann'), { client: given })
    const effect = frames[0]!.answer!.effects[0] as { readonly value: string }
    return JSON.parse(effect.value)
  }
  expect(await seen(client)).toEqual({
    ...client,
    certificate: {
      subject: [{ type: 'CN', value: 'meter-7' }],
      issuer: [{ type: 'O', value: 'Farm' }],
      commonNames: ['meter-7'],
      dns: [],
      uris: [],
      emails: [],
      addresses: [],
      serial: '',
      fingerprint: '',
      notBefore: '',
      notAfter: '2030-01-01T00:00:00.000Z'
    },
    proxied: {
      by: { address: '127.0.0.1', port: 49152 },
      version: 2,
      authority: 'b.example',
      tls: { certificate: false, verified: true, commonName: 'meter-7' }
    },
    http: { path: '/mqtt?token=1', headers: { origin: 'https://app.example' }, subprotocol: 'mqtt' }
  })
  expect(await seen({ http: {} })).toEqual({ address: '127.0.0.1', port: 49152, http: { path: '/', headers: {} } })
})

test('an extension that loops is cut, and does the running one no harm', async () => {
  const config = farm.config()
  const source = config.extensions![0]!.source!.replace("const name =", "if (line.text() === 'LOOP\\n') for (;;) {}\n      const name =")
  const weir = await start({ workers: 1, config: { ...config, extensions: [{ name: 'hello', source }] } })
  for (let n = 0; n < 6; n++)
    await expect(weir.userVservers.explain('v', Buffer.from('LOOP\n'))).rejects.toMatchObject({
      code: 'extension-failed'
    })
  expect(await weir.userVservers.status('v')).toMatchObject({ value: 'up' })
  expect((await weir.stats()).extensions['hello']).toMatchObject({ timeouts: 0, rebuilds: 0 })
  await expect(weir.userVservers.explain('w', Buffer.from('x'))).rejects.toMatchObject({ code: 'not-found' })
})
