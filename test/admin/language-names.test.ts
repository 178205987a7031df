// Names that every object of the language has something under are names like any other, in every collection and every
// answer.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { until } from '@weirlb/testing'
import { createWeir, MemoryStorage, type Weir } from 'weirlb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { ApiClient, type Reply } from './api-client.ts'

const names = ['toString', 'constructor', '__proto__']

// For the compiler a field called `constructor` is a function.
const source = `// @ts-nocheck
import { defineProtocol, forward, frame, param } from '@weirlb/sdk'
export default defineProtocol({
  name: 'lines', api: 1, balance: 'per-connection',
  params: { constructor: param.string({ default: 'none' }), toString: param.int({ default: 0 }) },
  fields: { constructor: 'string', valueOf: 'int' },
  client: { framing: frame.lines({ max: 1024 }), onMessage (message, ctx) {
    const key = message.text().trimEnd()
    for (const name of ${JSON.stringify(names)}) ctx.count(name)
    ctx.set('constructor', ctx.params.constructor)
    ctx.set('valueOf', ctx.params.toString)
    return forward({ session: key, token: key, then: 'tunnel' })
  } }
})
`

describe.each([0, 1])('with %d workers', workers => {
  let storage: MemoryStorage
  let weir: Weir
  let api: ApiClient
  let server: Server
  const sockets: Socket[] = []

  beforeEach(async () => {
    storage = new MemoryStorage()
    server = createServer(socket => {
      sockets.push(socket)
      createInterface(socket.on('error', () => {})).on('line', line => { socket.write(`heard ${line}\n`) })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    await start()
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await stop()
    server.close()
  })

  const start = async (): Promise<void> => {
    weir = createWeir({ workers, storage, log: { level: 'silent' } })
    await weir.start()
    api = await ApiClient.over({ weir })
  }
  const stop = async (): Promise<void> => {
    await api.app.close()
    await weir.stop({ graceMs: 0 })
  }

  const ok = async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: object
  ): Promise<Reply> => {
    const reply = await api.call(method, `/v1/${path}`, { body })
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.text}`)
    return reply
  }

  /** Connect and say a line, which is answered. */
  const visit = async (port: number, line: string): Promise<void> => {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => {})
    socket.write(`${line}\n`)
    for await (const answer of createInterface(socket)) {
      expect(answer).toBe(`heard ${line}`)
      return
    }
    throw new Error('closed without an answer')
  }

  const portOf = async (name: string): Promise<number> =>
    (await ok('GET', `user-vservers/${name}`)).body.status.listening.port as number

  /** What every answer says of clients, one of each name. */
  const check = async (): Promise<void> => {
    for (const name of names) await visit(await portOf(name), `I am ${name}`)
    const { body: stats } = await ok('GET', 'stats')
    for (const name of names) {
      expect(Object.keys(stats.userVservers).toSorted()).toEqual(names.toSorted())
      expect(stats.userVservers[name]).toMatchObject({ accepted: 1, connections: 1 })
      expect(stats.lbVservers[name]).toMatchObject({ picks: 1 })
      expect(stats.services[name]).toMatchObject({ dialled: 1, connections: 1 })
      expect(stats.services[name].bytesOut).toBeGreaterThan(0)
      expect(stats.extensions[name]).toMatchObject({
        up: 1,
        messages: 1,
        versions: { 1: { up: 1, accepted: 1 } },
        budget: {}
      })
      expect(Object.entries(stats.extensions[name].counters)).toEqual(names.map(counter => [counter, 1]))
      const { body: { items } } = await ok('GET', `connections?userVserver=${name}&service=${name}`)
      expect(items).toMatchObject([{
        userVserver: name,
        lbVserver: name,
        service: name,
        session: `I am ${name}`,
        version: 1
      }])
      expect(Object.entries(items[0].fields)).toEqual([['constructor', name], ['valueOf', '7']])
      expect((await ok('GET', `sessions?lbVserver=${name}`)).body.items).toMatchObject([{
        key: `I am ${name}`,
        service: name
      }])
    }
    const { body } = await ok('POST', 'user-vservers/__proto__/explain', { bytes: Buffer.from('me\n').toString('hex') })
    expect(body).toMatchObject({
      userVserver: '__proto__',
      extension: '__proto__',
      outcome: { becomes: 'tunnel', service: '__proto__' }
    })
    expect(Object.entries(body.counters)).toEqual(names.map(counter => [counter, 1]))
    for (const collection of ['extensions', 'user-protocols', 'certkeys', 'lb-vservers', 'user-vservers', 'rules', 'edge-functions', 'triggers', 'rate-limits']) {
      const { body: { items } } = await ok('GET', collection)
      expect(items.map((item: { name: string, status: { value: string } }) => [item.name, item.status.value])).toEqual(
        names.map(name => [name, 'up'])
      )
    }
    expect((await ok('GET', 'health')).body).toMatchObject({ status: 'ok' })
  }

  test('every entity of such a name works, is shown, changed, kept and deleted', async () => {
    const { port } = server.address() as AddressInfo
    const pair = await certificateFor('a.test')
    for (const name of names) {
      await ok('POST', 'extensions', { name, source })
      await ok('POST', 'user-protocols', { name, transport: 'tcp', extension: name })
      await ok('POST', 'certkeys', { name, ...pair })
      await ok('POST', 'services', { name, address: '127.0.0.1', port })
      await ok('POST', 'lb-vservers', { name, persistence: { type: 'user-session' }, services: [{ name }] })
      await ok('POST', 'user-vservers', { name, protocol: name, address: '127.0.0.1', port: 0, defaultLb: name, params: { constructor: name, toString: 7 } })
      await ok('POST', 'rate-limits', { name, counts: 'messages', expression: 'constructor eq "somebody else"', by: ['constructor'], limit: 1000, action: 'log', vservers: [name] })
      await ok('POST', 'rules', { name, expression: 'constructor eq "somebody else"', action: 'block', vservers: [name] })
      await ok('POST', 'edge-functions', { name, source: "addEventListener('fetch', () => {})" })
      await ok('POST', 'triggers', { name, pattern: `${name.length}.example/`, function: name, vservers: [name] })
    }
    await check()

    // What is read is what was written, and can be put back.
    const { body, headers } = await ok('GET', 'config')
    expect(Object.entries(body.userVservers[2].params)).toEqual([['constructor', '__proto__'], ['toString', 7]])
    expect((await ok('PUT', 'config', body)).headers.etag).toBe(headers.etag)
    for (const name of names) {
      expect((await ok('PATCH', `user-vservers/${name}`, { comment: 'changed', params: { toString: null } })).body)
        .toMatchObject({ name, comment: 'changed', params: { constructor: name } })
      expect((await ok('PATCH', `user-vservers/${name}`, { comment: null, params: { toString: 7 } })).body.params)
        .toEqual({ constructor: name, toString: 7 })
      expect((await ok('PUT', `extensions/${name}/trace`, { level: 'calls' })).body).toMatchObject({ level: 'calls' })
    }
    await ok('POST', 'services/__proto__/drain')
    await ok('POST', 'services/__proto__/enable')
    expect(
      (await ok('PATCH', 'extensions/__proto__', { source: `${source}\n// changed`, canary: { percent: 1 } })).body
        .status.canary
    ).toMatchObject({ version: 2, status: 'running' })
    expect((await ok('PATCH', 'extensions/__proto__', { canary: null })).body.status).toMatchObject({
      value: 'up',
      canary: { status: 'ended' }
    })
    const { body: { items } } = await ok('GET', 'extensions')
    expect(items.map((item: { status: { declaration: { name: string } } }) => item.status.declaration.name)).toEqual(
      names.map(() => 'lines')
    )

    // Sessions and configuration outlive the process.
    for (const socket of sockets.splice(0)) socket.destroy()
    await until(async () => (await weir.connections.list()).length === 0, 'no connection')
    await stop()
    await start()
    for (const name of names)
      expect((await ok('GET', `sessions?lbVserver=${name}`)).body.items).toMatchObject([{
        key: `I am ${name}`,
        service: name
      }])
    await check()

    for (const name of names) {
      expect((await ok('DELETE', `sessions?lbVserver=${name}`)).body).toEqual({ deleted: 1 })
      for (const collection of ['rate-limits', 'triggers', 'edge-functions', 'rules', 'user-vservers', 'lb-vservers', 'services', 'certkeys', 'user-protocols', 'extensions']) await ok('DELETE', `${collection}/${name}`)
    }
    expect((await ok('GET', 'config')).body).toEqual({
      extensions: [],
      userProtocols: [],
      certkeys: [],
      monitors: [],
      services: [],
      serviceGroups: [],
      lbVservers: [],
      glbs: [],
      userVservers: [],
      geoDatabases: [],
      lists: [],
      accessRules: [],
      lockdowns: [],
      userAgentRules: [],
      rules: [],
      edgeFunctions: [],
      triggers: [],
      rateLimits: [],
      managedChecks: []
    })
  })

  test('none of them is there before it is made', async () => {
    for (const name of names) {
      for (const collection of ['extensions', 'user-protocols', 'certkeys', 'services', 'lb-vservers', 'user-vservers', 'rules', 'edge-functions', 'triggers', 'rate-limits']) {
        expect((await api.call('GET', `/v1/${collection}/${name}`)).body).toMatchObject({ status: 404, code: 'not-found' })
        expect((await api.call('DELETE', `/v1/${collection}/${name}`)).body).toMatchObject({ status: 404, code: 'not-found' })
      }
      expect((await api.call('POST', '/v1/extensions', { body: { name: 'e', builtin: name } })).body).toMatchObject({
        status: 422,
        code: 'builtin-unknown'
      })
      expect((await api.call('POST', '/v1/lb-vservers', { body: { name: 'l', method: name } })).body).toMatchObject({
        status: 422,
        code: 'config-invalid'
      })
      expect((await api.call('POST', '/v1/lb-vservers', { body: { name: 'l', services: [{ name }] } })).body)
        .toMatchObject({ status: 422, code: 'reference-unknown' })
      expect(
        (await api.call('POST', '/v1/services', { raw: `{"name":"s","address":"a","port":1,"${name}":1}` })).status
      ).toBe(name === '__proto__' ? 400 : 422)
    }
    await ok('POST', 'extensions', { name: 'e', source })
    await ok('POST', 'user-protocols', { name: 'p', transport: 'tcp', extension: 'e' })
    await ok('POST', 'lb-vservers', { name: 'l' })
    const vserver = { name: 'v', protocol: 'p', address: '127.0.0.1', port: 0, defaultLb: 'l' }
    await expect(weir.userVservers.create({ ...vserver, params: { hasOwnProperty: 1 } })).rejects.toMatchObject({
      code: 'params-invalid'
    })
    await expect(
      weir.userVservers.create({ ...vserver, params: JSON.parse('{"__proto__":1}') as Record<string, never> })
    ).rejects.toMatchObject({ code: 'config-invalid' })
    expect((await ok('POST', 'user-vservers', vserver)).body.status).toMatchObject({ value: 'down' })
  })
})
