// What an authority may answer, and what becomes of the order: without workers, for nothing comes to a validation.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { parseConfig } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { AcmeKeeper, type AcmeKeeperOptions } from '../../packages/weir/src/acme/acme-keeper.ts'
import type { AcmeStatus } from '../../packages/weir/src/acme/acme-status.ts'
import { Events } from '../../packages/weir/src/events.ts'
import type { AcmeState } from '../../packages/weir/src/storage/acme-archive.ts'
import { describeWithPebble } from '../support/describe-with.ts'
import { atEnd, TestLog } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { fakeAuthority, json, problem } from '../support/fake-authority.ts'
import { startPebble } from '../support/pebble.ts'
import { ordered, tlsVserver } from './acme-bench.ts'

const [minute, hour] = [60_000, 3_600_000]

/** An authority for the tests. */
interface Target { readonly directory: string, readonly ca: string }

/** Keeps the certkey `c` from this authority, until the test ends. */
const keep = (authority: Target, options: Partial<AcmeKeeperOptions> = {}, acme: object = {}) => {
  const log = new TestLog()
  const keeper = new AcmeKeeper({ archive: undefined, events: new Events(log), log, ...options })
  atEnd(async () => { await keeper.stop() })
  const apply = (more: object = {}): void => {
    const certkeys = ordered(authority, { ...acme, ...more })
    keeper.committed(
      parseConfig({
        certkeys,
        userProtocols: [{ name: 'TLS', transport: 'ssl', extension: 'e' }],
        userVservers: [tlsVserver(0)]
      }),
      [{ name: 'authority', ca: authority.ca }]
    )
  }
  const comesTo = async (state: AcmeStatus['state']): Promise<AcmeStatus> => {
    await until(() => keeper.status('c')!.state === state, `an order that is ${state}`)
    return keeper.status('c')!
  }
  return { keeper, log, apply, comesTo }
}

/** The same, and its first order begun. */
const begun = (...given: Parameters<typeof keep>): ReturnType<typeof keep> => {
  const kept = keep(...given)
  kept.keeper.start(async () => {})
  kept.apply()
  return kept
}

/** Why the order from this authority fails. */
const failure = async (authority: Target, acme: object = {}): Promise<string> =>
  (await begun(authority, {}, acme).comesTo('failing')).reason!

const refusing = async (): ReturnType<typeof fakeAuthority> =>
  await fakeAuthority((_request, response) => {
    problem(response, 403, 'unauthorized', 'not you')
  })

describe('an authority', () => {
  test('that limits the rate is left alone as long as it wants', async () => {
    const now = Date.parse('2030-01-01T00:00:00Z')
    const authority = await fakeAuthority((_request, response) => {
      problem(response, 429, 'rateLimited', 'too many accounts', { 'retry-after': '7200' })
    })
    const { reason, nextOrder, failures } = await begun(authority, { now: () => now }).comesTo('failing')
    expect(reason).toMatch(/^127\.0\.0\.1:\d+ answered with status 429: too many accounts \(rateLimited\)$/)
    expect([failures, Date.parse(nextOrder!)]).toEqual([1, now + 2 * hour])
    expect(authority.asked.filter(each => each === 'POST /account')).toHaveLength(1)
  })

  test('that names a date is left alone until then', async () => {
    const date = new Date(Date.now() + 3 * hour).toUTCString()
    const authority = await fakeAuthority((_request, response) => {
      problem(response, 503, 'serverInternal', 'maintenance', { 'retry-after': date })
    })
    const { nextOrder } = await begun(authority).comesTo('failing')
    // The wait is counted from the end of the order.
    expect(Date.parse(nextOrder!)).toBeGreaterThanOrEqual(Date.parse(date))
    expect(Date.parse(nextOrder!)).toBeLessThan(Date.parse(date) + minute)
  })

  test('that is not there', async () => {
    const port = await freePort()
    const { ca } = await refusing()
    expect(await failure({ directory: `https://127.0.0.1:${port}/dir`, ca })).toMatch(
      new RegExp(`^127\\.0\\.0\\.1:${port} cannot be reached: .*ECONNREFUSED`)
    )
  })

  test('that is not what it says', async () => {
    const [{ directory }, { ca }] = [await refusing(), await refusing()]
    expect(await failure({ directory, ca })).toMatch(/cannot be reached: .*(certificate|signature)/)
  })

  test('that speaks no TLS', async () => {
    const server = createServer(socket => { socket.on('error', () => {}).end('220 mail.test\r\n') })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    atEnd(() => { server.close() })
    const { ca } = await refusing()
    expect(await failure({ directory: `https://127.0.0.1:${(server.address() as { port: number }).port}/dir`, ca }))
      .toMatch(/cannot be reached: /)
  })

  test.each<[string, (response: ServerResponse) => void]>([
    ['never answers', () => {}],
    ['stops within an answer', response => {
      response.writeHead(201, { 'content-type': 'application/json' }).write('{')
    }]
  ])('that %s is given up', async (_, answer) => {
    const { reason, failures } = await begun(
      await fakeAuthority((_request, response) => {
        answer(response)
      }),
      { orderMs: 200 }
    ).comesTo('failing')
    expect([reason, failures]).toEqual(['no certificate within 0.2 s', 1])
  })

  test.each<[string, number, object | string, string]>([
    ['a page', 200, '<html>', 'the authority\'s response is not understood: "<html>"'],
    ['a text that is no problem', 500, 'oops', 'answered with status 500: no reason was given'],
    ['a problem with bytes that would move a cursor', 400, {
      type: 'urn:ietf:params:acme:error:malformed',
      detail: 'a\u001b[2J\r\nb'
    }, 'answered with status 400: a [2J b (malformed)'],
    ['an order that is invalid', 201, {
      status: 'invalid',
      authorizations: [],
      error: { type: 'urn:ietf:params:acme:error:caa', detail: 'CAA forbids' }
    }, 'the order is invalid: CAA forbids (caa)'],
    [
      'the validation of another name',
      201,
      { status: 'pending', authorizations: ['AUTHORIZATION'] },
      'the authority wants to validate \'evil.test\', which was not ordered'
    ],
    [
      'a certificate that is none',
      201,
      { status: 'ready', authorizations: [], finalize: 'FINALIZE' },
      'the authority sent a certificate that cannot be served: `cert` is not a PEM certificate'
    ],
    [
      'more than a certificate can be',
      201,
      { status: 'x'.repeat(1024 * 1024) },
      'the authority\'s response is longer than 1048576 bytes'
    ],
    [
      'a URL without TLS',
      201,
      { status: 'pending', authorizations: ['http://127.0.0.1:1/'] },
      'the authority names a URL that is no https URL: http://127.0.0.1:1/'
    ]
  ])('that answers an order with %s', async (_, status, order, reason) => {
    const authority = await fakeAuthority((request, response, base) => {
      const body = JSON.parse(
        JSON.stringify(order).replaceAll('AUTHORIZATION', `${base}/authorization`).replaceAll(
          'FINALIZE',
          `${base}/finalize`
        )
      ) as object | string
      if (request.url === '/account') json(response, 201, {}, { location: `${base}/account/1` })
      else if (request.url === '/authorization')
        json(response, 200, {
          status: 'pending',
          identifier: { type: 'dns', value: 'evil.test' },
          challenges: [{ type: 'tls-alpn-01', url: base, token: 't' }]
        })
      else if (request.url === '/finalize') json(response, 200, { status: 'valid', certificate: `${base}/certificate` })
      else if (request.url === '/certificate') response.writeHead(200, { 'replay-nonce': 'n' }).end('no certificate')
      else if (typeof body === 'string') response.writeHead(status, { 'content-type': 'text/html' }).end(body)
      else if (request.url === '/order/1') json(response, 200, body)
      else json(response, status, body, status < 300 ? { location: `${base}/order/1` } : {})
    })
    expect(await failure(authority)).toContain(reason)
  })
})

test('answers that the workers did not take are no fault of the authority', async () => {
  const authority = await fakeAuthority((request, response, base) => {
    if (request.url === '/account') json(response, 201, {}, { location: `${base}/account/1` })
    else if (request.url === '/authorization') json(response, 200, { status: 'pending', identifier: { type: 'dns', value: 'a.test' }, challenges: [{ type: 'tls-alpn-01', url: base, token: 't' }] })
    else json(response, 201, { status: 'pending', authorizations: [`${base}/authorization`] }, { location: `${base}/order/1` })
  })
  const { keeper, apply, comesTo } = keep(authority)
  keeper.start(async () => { throw new Error('worker 2 has ended') })
  apply()
  expect((await comesTo('failing')).reason).toBe('the answers for the authority were not applied: worker 2 has ended')
  expect(keeper.challenges).toEqual({ tls: [], http: [] })
})

test('waits grow with each failure, over a restart too; another way to order is tried at once', async () => {
  let now = Date.parse('2030-01-01T00:00:00Z')
  let saved: AcmeState | undefined
  const archive = { load: async () => saved, save: async (state: AcmeState) => { saved = state } }
  const options = { now: () => now, random: () => 0, archive }
  const authority = await refusing()
  const first = begun(authority, options)
  const waits: number[] = []
  for (let failures = 1; failures <= 4; failures++) {
    await until(
      () => first.keeper.status('c')!.failures === failures && first.keeper.status('c')!.state === 'failing',
      `failure ${failures}`
    )
    const next = Date.parse(first.keeper.status('c')!.nextOrder!)
    waits.push((next - now) / minute)
    now = next
    first.apply()
  }
  expect(waits).toEqual([1, 3, 9, 27])
  await first.comesTo('failing')
  await first.keeper.stop()
  expect(Object.values(saved!.accounts)).toEqual([{ key: expect.stringContaining('PRIVATE KEY') as string }])
  const asked = authority.asked.length
  const second = keep(authority, options)
  await second.keeper.restore()
  second.keeper.start(async () => {})
  second.apply()
  expect(second.keeper.status('c')).toMatchObject({
    state: 'failing',
    failures: 5,
    reason: expect.stringContaining('not you') as string
  })
  expect(authority.asked).toHaveLength(asked)
  second.apply({ email: 'admin@a.test' })
  await until(() => second.keeper.status('c')!.failures === 1, 'the order for another account')
})

test('an order that somebody wants now does not wait, and is one at a time', async () => {
  const authority = await refusing()
  const { keeper, comesTo } = begun(authority)
  await comesTo('failing')
  keeper.orderNow('c')
  keeper.orderNow('c')
  expect(keeper.status('c')).toMatchObject({ state: 'ordering', failures: 1 })
  expect((await comesTo('failing')).failures).toBe(2)
  expect(() => { keeper.orderNow('authority') }).toThrow('certkey \'authority\' has no `acme`, and nothing to order')
})

describeWithPebble('pebble', () => {
  test('refuses a domain that it issues nothing for', async () => {
    expect(await failure(await startPebble({ blocked: ['a.test'] }))).toMatch(
      /^localhost:\d+ answered with status 400: .*a\.test.* \(rejectedIdentifier\)$/
    )
  })
})
