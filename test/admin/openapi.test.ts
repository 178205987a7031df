import { Validator } from '@seriousme/openapi-schema-validator'
import { adminPlugin, api, type Operation } from '@weirlb/admin'
import { errorCodes } from '@weirlb/model'
import Fastify, { type RouteOptions } from 'fastify'
import { describe, expect, test } from 'vitest'
import { ApiClient } from './api-client.ts'
import { FakeWeir } from './fake-weir.ts'

const { routes, document } = api({ base: '', token: true })
const operations: readonly (readonly [string, Operation])[] = Object.entries(document.paths).flatMap((
  [path, methods]
) => Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const))

describe('the OpenAPI document', () => {
  test.each([true, false])('is valid (token: %s)', async token => {
    const place = api({ base: '/weir', token }).document
    // The validator resolves references in place.
    const result = await new Validator().validate(structuredClone(place) as unknown as Record<string, unknown>)
    expect(result.errors ?? []).toEqual([])
    expect(result.valid).toBe(true)
    expect(place.servers).toEqual([{ url: '/weir' }])
  })

  test('is what the API serves', async () => {
    const client = await ApiClient.over({ weir: new FakeWeir() })
    expect((await client.call('GET', '/v1/openapi.json')).body).toEqual(
      JSON.parse(JSON.stringify(api({ base: '', token: false }).document))
    )
  })

  test('has every registered route, and no other', async () => {
    const registered: string[] = []
    /** Not of the API and its version: programs look for them at these places. */
    const beside: string[] = []
    const app = Fastify()
    app.addHook('onRoute', ({ method, url }: RouteOptions) => {
      if (url.endsWith('/v1') || url.endsWith('/*')) return
      for (const one of [method].flat())
        if (one !== 'HEAD')
          (url.startsWith('/v1') ? registered : beside).push(`${one} ${url.replace(/:([^/]+)/g, '{$1}')}`)
    })
    await app.register(adminPlugin, { weir: new FakeWeir() }).ready()
    expect(registered.toSorted()).toEqual(operations.map(([name]) => name).toSorted())
    expect(beside.toSorted()).toEqual(['GET /livez', 'GET /metrics', 'GET /readyz'])
  })

  test('every reference leads to a schema, and every schema is used', () => {
    const text = JSON.stringify(document)
    const used = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name))
    expect([...used].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted())
  })

  test('names every error code that a client can meet', () => {
    const text =
      operations.flatMap(([, { responses }]) => Object.values(responses).map(r => r.description)).join('\n') +
      Object.values(api({ base: '', token: false }).document.paths).flatMap(methods => Object.values(methods)).flatMap(
        o => Object.values(o.responses).map(r => r.description)
      ).join('\n')
    // A wrong method or path belongs to no operation, and a Weir without its transport or its shared store has not
    // started.
    const ofStart = [
      'transport-unavailable',
      'store-password',
      'store-tls',
      'store-permission',
      'store-version',
      'store-kind',
      'store-evicts',
      'store-foreign',
      'store-format',
      'store-damaged',
      'node-name-taken'
    ]
    const missing = Object.keys(errorCodes).filter(code =>
      code !== 'method-not-allowed' && !ofStart.includes(code) && !text.includes(`\`${code}\``)
    )
    expect(missing).toEqual([])
  })
})

test('operations have names of their own', () => {
  expect(new Set(routes.map(route => route.operationId)).size).toBe(routes.length)
})

test.each(operations)('%s is described', (name, operation) => {
  expect(operation.summary).toMatch(/^[A-Z].*[^.]$/)
  expect(document.tags.map(tag => tag.name)).toContain(operation.tags[0])
  for (const parameter of operation.parameters ?? []) expect(parameter.description).not.toBe('')
  const statuses = Object.keys(operation.responses)
  expect(statuses).toEqual(expect.arrayContaining(['400', '401', '500']))
  if (operation.requestBody !== undefined) expect(statuses).toEqual(expect.arrayContaining(['413', '415']))
  if (operation.parameters?.some(p => p.name === 'If-Match') === true) expect(statuses).toContain('412')
  if (operation.parameters?.some(p => p.name === 'If-None-Match') === true) expect(statuses).toContain('304')
  expect(name.includes('{') ? statuses.includes('404') : true).toBe(true)
})
