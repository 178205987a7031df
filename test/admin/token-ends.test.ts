// Named tokens beside their roles and scopes: how they end, who needs one, and what a successor has of them.
import { adminPlugin, ApiTokens } from '@weirlb/admin'
import { WeirError } from '@weirlb/model'
import { until } from '@weirlb/testing'
import Fastify from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { EventReader } from '../support/event-reader.ts'
import { ApiClient } from './api-client.ts'
import { FakeWeir } from './fake-weir.ts'
import { as, FakeArchive, master, open } from './tokens-bench.ts'

describe('rotation and expiry', () => {
  test('the previous secret ends at once, or after the overlap', async () => {
    const { api, archive, make } = await open()
    const first = await make({ name: 'x', role: 'read' })
    const status = async (token: string): Promise<number> => (await api.call('GET', '/v1/health', as(token))).status
    const rotate = async (body?: object): Promise<{ token: string, previous?: { id: string } }> => (await api.call(
      'POST', '/v1/tokens/x/rotate', as(master, { body })
    )).body as never
    const second = await rotate()
    expect([await status(first), await status(second.token), second.previous]).toEqual([401, 200, undefined])
    const third = await rotate({ overlapSeconds: 600 })
    expect([await status(second.token), await status(third.token), third.previous?.id]).toEqual([
      200, 200, second.token.slice(5, 17)
    ])
    const fourth = await rotate({ overlapSeconds: 600 })
    expect([await status(second.token), await status(third.token), await status(fourth.token)]).toEqual([401, 200, 200])
    expect(archive.saved![0]!.secrets).toHaveLength(2)
    expect((await api.call('POST', '/v1/tokens/none/rotate', as(master))).status).toBe(404)
  })

  test('an expired token is refused with the reason, and stays in the list', async () => {
    const { api, archive, make } = await open()
    const token = await make({ name: 'x', role: 'read', expiresInSeconds: 3600 })
    const [saved] = archive.saved!
    const tokens = new ApiTokens({ archive: {
      load: async () => [{
        ...saved!, secrets: [{ ...saved!.secrets[0]!, expiresAt: new Date(Date.now() - 1).toISOString() }]
      }],
      save: async () => {}
    } })
    await tokens.restore()
    const later = await ApiClient.over({ weir: new FakeWeir(), token: master, tokens })
    expect((await api.call('GET', '/v1/health', as(token))).status).toBe(200)
    expect(await later.call('GET', '/v1/health', as(token))).toMatchObject({
      status: 401, body: { detail: "the token 'x' has expired" }
    })
    expect((await later.call('GET', '/v1/tokens/x', as(master))).body).toMatchObject({ expired: true })
  })
})

describe('without a token of the server', () => {
  test('a client on this machine needs none, but one that it shows must be right', async () => {
    const { api } = await open({ token: undefined })
    const created = await api.call('POST', '/v1/tokens', { body: { name: 'r', role: 'read' } })
    const { token } = created.body as { token: string }
    expect((await api.call('DELETE', '/v1/services/x', as(token))).status).toBe(403)
    expect((await api.call('DELETE', '/v1/services/x')).status).toBe(404)
    expect((await api.call('GET', '/v1/health', as(`${token.slice(0, -1)}~`))).status).toBe(401)
    await api.call('DELETE', '/v1/tokens/r')
    expect((await api.call('GET', '/v1/health', as(token))).status).toBe(401)
  })

  test('a named token lets in from elsewhere, and from any page that has it', async () => {
    const { api } = await open({ token: undefined })
    const { token } = (await api.call(
      'POST', '/v1/tokens', { body: { name: 'r', role: 'read' } }
    )).body as { token: string }
    const headers = { authorization: `Bearer ${token}`, host: 'weir.example', origin: 'https://console.example' }
    expect((await api.app.inject({ url: '/v1/health', headers, remoteAddress: '192.0.2.7' })).statusCode).toBe(200)
    expect((await api.app.inject({
      url: '/v1/health', headers: { host: 'weir.example' }, remoteAddress: '192.0.2.7'
    })).statusCode).toBe(403)
  })

  test('clients on this machine can be made to need one', async () => {
    const { api } = await open({ token: undefined, local: false })
    expect((await api.call('GET', '/v1/health')).status).toBe(401)
  })
})

test('an address with too many wrong tokens waits; named tokens are taken from it all the same', async () => {
  const { api, make } = await open()
  const token = await make({ name: 'r', role: 'read' })
  const from = async (authorization: string, remoteAddress = '192.0.2.7'): Promise<{
    status: number, retryAfter: unknown
  }> => {
    const { statusCode, headers } = await api.app.inject({
      url: '/v1/health', headers: { authorization }, remoteAddress
    })
    return { status: statusCode, retryAfter: headers['retry-after'] }
  }
  for (let i = 0; i < 10; i++) expect(await from(`Bearer guess-${i}`)).toMatchObject({ status: 401 })
  const { status, retryAfter } = await from('Bearer guess-11')
  expect([status, Number(retryAfter)]).toEqual([429, expect.closeTo(5, -1)])
  // The one of the server may be a word that can be guessed.
  expect(await from(`Bearer ${master}`)).toMatchObject({ status: 429 })
  expect(await from(`Bearer ${token}`)).toMatchObject({ status: 200 })
  expect(await from(`Bearer ${token.slice(0, 20)}${'A'.repeat(41)}`)).toMatchObject({ status: 429 })
  expect(await from(`Bearer ${master}`, '192.0.2.8')).toMatchObject({ status: 200 })
  expect(await from(`Bearer ${master}`, '::ffff:192.0.2.7')).toMatchObject({ status: 429 })
  // Failed authentications are in the audit log, and not each of them.
  const { items } = (await api.call('GET', '/v1/audit?who=nobody', as(token))).body as { items: object[] }
  expect(items).toEqual([{
    id: expect.any(Number) as number, time: expect.any(String) as string, who: 'nobody', from: '192.0.2.7',
    action: 'authenticate', code: 'unauthorized', detail: 'the bearer token is wrong', count: 1
  }])
})

describe('a token that ends during a stream', () => {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => { for (const close of closing.splice(0)) await close() })

  const listening = async (): Promise<{ weir: FakeWeir, tokens: ApiTokens, base: string }> => {
    const weir = new FakeWeir()
    const tokens = new ApiTokens()
    const app = Fastify()
    await app.register(adminPlugin, { weir, tokens })
    const base = await app.listen({ host: '127.0.0.1', port: 0 })
    closing.push(async () => { app.server.closeAllConnections(); await app.close() })
    return { weir, tokens, base }
  }

  test.each(['revoked', 'rotated', 'expired'])('%s: its streams end, those of others go on', async how => {
    const { weir, tokens, base } = await listening()
    const [mine, other] = [
      await tokens.create({ name: 'mine', role: 'read', ...how === 'expired' ? { expiresInSeconds: 1 } : {} }),
      await tokens.create({ name: 'other', role: 'read' })
    ]
    const reader = async (token: string): Promise<EventReader> => await EventReader.open(
      `${base}/v1/events`, { authorization: `Bearer ${token}` }
    )
    const [ends, stays] = [await reader(mine.token), await reader(other.token)]
    if (how === 'revoked') await tokens.delete('mine')
    else if (how === 'rotated') await tokens.rotate('mine', {})
    await until(() => ends.ended, 'the end of its stream')
    expect(ends.events.map(({ event }) => event)).toEqual(['ended'])
    weir.events.emit('config-applied', { type: 'config-applied', time: 1, revision: 3 })
    await until(() => stays.events.length === 1, 'an event of the other')
    expect(stays.ended).toBe(false)
    expect((await fetch(`${base}/v1/events`, { headers: { authorization: `Bearer ${mine.token}` } })).status).toBe(401)
    stays.close()
  })

  test('an export that is under way is cut off', async () => {
    const { weir, tokens, base } = await listening()
    const { token } = await tokens.create({ name: 'mine', role: 'read' })
    const entry = {
      lbVserver: 'l', type: 'source-ip', key: 'x'.repeat(1000), service: 's', connections: 0, expiresInSeconds: 1
    } as const
    // As many as it takes: the reader reads nothing.
    weir.sessions.parts = async function * () { for (;;) yield Array.from({ length: 100 }, () => entry) }
    const response = await fetch(`${base}/v1/sessions/export`, { headers: { authorization: `Bearer ${token}` } })
    expect(response.status).toBe(200)
    await tokens.delete('mine')
    await expect(response.text()).rejects.toThrow()
  })

  test('a reader that takes nothing is cut off', async () => {
    const { weir, tokens, base } = await listening()
    const { token } = await tokens.create({ name: 'mine', role: 'read' })
    const response = await fetch(`${base}/v1/events`, { headers: { authorization: `Bearer ${token}` } })
    // More than the buffers on the way hold.
    for (let i = 0; i < 2000; i++) weir.events.emit(
      'service-up', { type: 'service-up', time: i, service: 's', reason: 'x'.repeat(2000), downForMs: 1 }
    )
    await tokens.delete('mine')
    let bytes = 0
    await expect((async () => {
      for await (const chunk of response.body!) bytes += (chunk as Uint8Array).length
      throw new Error('ended')
    })()).rejects.toThrow()
    expect(bytes).toBeLessThan(4_000_000)
  })
})

test('while a successor may own the archive, nothing is saved', async () => {
  const archive = new FakeArchive()
  const tokens = new ApiTokens({ archive })
  await tokens.create({ name: 'x', role: 'read' })
  await tokens.suspend()
  const { saved } = archive
  await expect(tokens.create({ name: 'y', role: 'read' })).rejects.toMatchObject({ code: 'worker-unavailable' })
  expect(archive.saved).toBe(saved)
  await tokens.resume()
  await tokens.create({ name: 'y', role: 'read' })
  expect(archive.saved).toHaveLength(2)
})

test('what a failed successor has created, rotated and revoked counts', async () => {
  const archive = new FakeArchive()
  const tokens = new ApiTokens({ archive })
  const [revoked, rotated, kept] = [
    await tokens.create({ name: 'revoked', role: 'admin' }), await tokens.create({ name: 'rotated', role: 'read' }),
    await tokens.create({ name: 'kept', role: 'read' })
  ]
  let ended = false
  tokens.find(revoked.token)!.onEnd!(() => { ended = true })
  await tokens.suspend()
  const successor = new ApiTokens({ archive })
  await successor.restore()
  await successor.delete('revoked')
  const [again, created] = [
    await successor.rotate('rotated', {}), await successor.create({ name: 'created', role: 'operate' })
  ]
  await tokens.resume()
  expect([revoked, rotated, kept, again, created].map(({ token }) => tokens.find(token)?.who)).toEqual([
    undefined, undefined, 'token:kept', 'token:rotated', 'token:created'
  ])
  expect(ended).toBe(true)
  await tokens.create({ name: 'later', role: 'read' })
  expect(archive.saved!.map(({ name }) => name)).toEqual(['rotated', 'kept', 'created', 'later'])
})

test('tokens that cannot be read again stay as they are, and unchanged', async () => {
  const archive = new FakeArchive()
  const tokens = new ApiTokens({ archive })
  const { token } = await tokens.create({ name: 'x', role: 'read' })
  await tokens.suspend()
  archive.load = async () => await Promise.reject(new WeirError('storage-failed', 'damaged'))
  await expect(tokens.resume()).rejects.toMatchObject({ code: 'storage-failed' })
  expect(tokens.find(token)?.who).toBe('token:x')
  await expect(tokens.delete('x')).rejects.toMatchObject({ code: 'worker-unavailable' })
})
