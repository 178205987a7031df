// Access rules and lists in the engine: who comes in, by where it comes from.
import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import type { ConfigInput } from '@weirlb/model'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { certificateFor } from '../support/certificate.ts'
import { around, atEnd, type EngineBench, startEngine, TestClient, TestServer } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { mmdbOf } from '../support/mmdb.ts'

const vserver = { name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
const realNow = Date.now
afterEach(() => { Date.now = realNow })

const start = async (more: Partial<ConfigInput>): Promise<EngineBench> => await startEngine(
  around(lineProtocol(), [await TestServer.listen()], { userVservers: [vserver], ...more })
)

/** What becomes of a client from an address. */
const tries = async (bench: EngineBench, from: string, before = ''): Promise<'served' | 'reset'> => {
  const client = new TestClient(bench.port(), { from })
  client.socket.write(`${before}reply here\n`)
  await until(
    () => client.closed || client.text.includes('reply here'), `the client from ${from} to be served or refused`
  )
  if (!client.closed) return 'served'
  expect([client.text, client.error?.code]).toEqual(['', 'ECONNRESET'])
  return 'reset'
}

test('a client is refused at the accept by its address, and counted; allow wins', async () => {
  const bench = await start({ accessRules: [
    { name: 'all', source: '127.0.0.0/8', action: 'block' },
    { name: 'us', source: '127.0.0.2', action: 'allow' },
    { name: 'elsewhere', source: '127.0.0.2', action: 'block', vservers: [] },
    { name: 'off', source: '127.0.0.2', action: 'block', state: 'disabled' }
  ] })
  expect([await tries(bench, '127.0.0.2'), await tries(bench, '127.0.0.3'), await tries(bench, '127.0.1.1')]).toEqual([
    'served', 'reset', 'reset'
  ])
  const { userVservers } = bench.engine.stats()
  expect(userVservers['v']).toMatchObject({ accepted: 3, connections: 1, closed: { 'not-allowed': 2 } })
  expect(bench.decisions).toMatchObject([
    { kind: 'access-rule', name: 'all', action: 'block', phase: 'connect', userVserver: 'v' }, { name: 'all' }
  ])
  expect(bench.log.lines).toContainEqual(
    expect.objectContaining({ message: 'connection refused', reason: 'not-allowed', detail: "access rule 'all'" })
  )
  // Existing clients stay, and counters too.
  await bench.apply({ accessRules: [{ name: 'all', source: '127.0.0.0/8', action: 'block' }] })
  expect(await tries(bench, '127.0.0.2')).toBe('reset')
  expect(bench.engine.stats()).toMatchObject({ userVservers: { v: { connections: 1, closed: { 'not-allowed': 3 } } } })
  expect(
    await bench.engine.explain({
      userVserver: 'v', side: 'client', bytes: Buffer.from('x\n'), client: { address: '127.0.0.9', port: 1 }
    })
  ).toMatchObject({ outcome: { reason: 'not-allowed', detail: "access rule 'all'" } })
  expect(bench.decisions).toHaveLength(3)
})

test('many refusals are counted, and some of them reported', async () => {
  const bench = await start({ accessRules: [{ name: 'all', source: '127.0.0.0/8', action: 'block' }] })
  for (let n = 0; n < 40; n++) expect(await tries(bench, '127.0.0.2')).toBe('reset')
  expect(bench.engine.stats()).toMatchObject({ userVservers: { v: { closed: { 'not-allowed': 40 } } } })
  expect(bench.log.lines.filter(({ message }) => message === 'connection refused').length).toBeLessThan(40)
})

test('a rule and an item end at their time, whatever becomes of the clock of the machine', async () => {
  const soon = new Date(Date.now() + 1500).toISOString()
  const bench = await start({
    lists: [{ name: 'banned', type: 'ip', items: ['127.0.0.3', '127.0.0.4'], expires: { '127.0.0.4': soon } }],
    accessRules: [
      { name: 'once', source: '127.0.0.2', action: 'block', expiresAt: soon },
      { name: 'banned', source: '$banned', action: 'block' }
    ],
    rules: [{ name: 'listed', expression: 'ip.src in $banned', action: 'log' }]
  })
  const all = async (): Promise<string[]> => await Promise.all(
    ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'].map(from => tries(bench, from))
  )
  // A day ahead, then a day back: neither ends anything, nor keeps it.
  Date.now = () => realNow() + 86_400_000
  await bench.apply({})
  expect(await all()).toEqual(['reset', 'reset', 'reset', 'served'])
  Date.now = () => realNow() - 86_400_000
  await bench.apply({ rules: [] })
  await until(async () => await tries(bench, '127.0.0.2') === 'served', 'the rule to end')
  expect(await all()).toEqual(['served', 'reset', 'served', 'served'])
})

test('behind a balancer the client counts, before its TLS handshake, and not the balancer', async () => {
  const bench = await start({
    certkeys: [{ name: 'red', ...await certificateFor('red.test') }],
    userProtocols: [{ name: 'S', transport: 'ssl', extension: 'ext' }],
    userVservers: [{ ...vserver, protocol: 'S', certificates: ['red'], proxyProtocol: { from: ['127.0.0.2'] } }],
    accessRules: [
      { name: 'balancer', source: '127.0.0.2', action: 'block' },
      { name: 'bad', source: '192.0.2.0/24', action: 'block' }
    ]
  })
  const behind = async (client: string): Promise<string> => {
    const raw = new TestClient(bench.port(), { from: '127.0.0.2' })
    await once(raw.socket, 'connect')
    raw.socket.write(`PROXY TCP4 ${client} 198.51.100.2 12345 1883\r\n`)
    raw.socket.removeAllListeners('data')
    const secure = connectTls({ socket: raw.socket, rejectUnauthorized: false })
    atEnd(() => { secure.destroy() })
    return await new Promise(
      resolve => {
        secure.on('secureConnect', () => {
          resolve('served')
        }).on('error', (error: NodeJS.ErrnoException) => {
          resolve(error.code!)
        }).on('close', () => {
          resolve('closed')
        })
      }
    )
  }
  expect(await behind('203.0.113.1')).toBe('served')
  expect(await behind('192.0.2.9')).toMatch(/ECONNRESET|closed/)
  await until(() => bench.engine.stats().userVservers['v']!.closed['not-allowed'] === 1, 'the refusal')
  expect(bench.engine.stats()).toMatchObject({ userVservers: { v: { accepted: 2, closed: { 'not-allowed': 1 } } } })
})

test('a trusted source is looked at by no rule, neither at the connect nor at its messages', async () => {
  const extension = `
    import { defineProtocol, forward, frame } from '@weirlb/sdk'
    export default defineProtocol({ name: 'words', api: 1, balance: 'per-connection', fields: { word: 'string' }, messageFields: ['word'],
      client: { framing: frame.lines({ max: 200 }), onMessage (message, ctx) { ctx.set('word', message.text().trimEnd()); return forward() } } })`
  const bench = await startEngine(around(extension, [await TestServer.listen(chunk => chunk)], {
    userVservers: [vserver],
    accessRules: [{ name: 'us', source: '127.0.0.2', action: 'allow' }],
    rules: [
      { name: 'local', expression: 'ip.src in {127.0.0.2 127.0.0.3}', action: 'block' },
      { name: 'bad', expression: 'word eq "bad"', action: 'block' }
    ]
  }))
  const client = async (from: string): Promise<TestClient> => {
    const made = new TestClient(bench.port(), { from })
    made.socket.write('bad\n')
    await until(() => made.closed || made.text === 'bad\n', 'a reply or a refusal')
    return made
  }
  expect((await client('127.0.0.2')).text).toBe('bad\n')
  expect((await client('127.0.0.3')).text).toBe('')
  expect((await client('127.0.0.4')).text).toBe('')
  expect(bench.engine.stats().rules).toMatchObject({
    local: { matched: 1, blocked: 1 }, bad: { matched: 1, blocked: 1 }
  })
})

test('countries and autonomous systems come from databases, and rules that need one are left out without it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-access-'))
  atEnd(async () => { await rm(folder, { recursive: true }) })
  await writeFile(
    join(folder, 'one.mmdb'),
    mmdbOf({
      '127.0.0.2/32': { country: { iso_code: 'DE' }, autonomous_system_number: 64_496 },
      '127.0.0.3/32': { country: { iso_code: 'NZ' } }
    })
  )
  const bench = await start({
    accessRules: [{ name: 'far', source: '$far', action: 'block' }],
    lists: [{ name: 'far', type: 'country', items: ['NZ'] }, { name: 'clouds', type: 'asn', items: ['AS64496'] }],
    rules: [
      {
        name: 'not-german', expression: 'not ip.src.is_in_european_union and not ip.geoip.country eq "XX"',
        action: 'log'
      },
      { name: 'cloud', expression: 'ip.src.asnum in $clouds and ip.src.country in {"DE" "FR"}', action: 'block' }
    ]
  })
  const all = async (): Promise<string[]> => await Promise.all(
    ['127.0.0.2', '127.0.0.3', '127.0.0.4'].map(from => tries(bench, from))
  )
  expect(await all()).toEqual(['served', 'served', 'served'])
  expect(bench.engine.stats().rules).toMatchObject({ 'not-german': { matched: 0 }, cloud: { matched: 0 } })
  await bench.apply({ geoDatabases: [{ name: 'one', mmdbFile: join(folder, 'one.mmdb') }] })
  expect(await all()).toEqual(['reset', 'reset', 'served'])
  expect(bench.engine.stats()).toMatchObject({
    rules: { cloud: { matched: 1, blocked: 1 }, 'not-german': { matched: 0 } }
  })
  await bench.apply({ geoDatabases: [], accessRules: [{ name: 'far', source: '$clouds', action: 'block' }] })
  expect(await all()).toEqual(['served', 'served', 'served'])
})

test('the items of a list change under the rules that name it', async () => {
  const bench = await start({
    lists: [{ name: 'bad', type: 'ip', items: ['127.0.0.2'] }],
    rules: [{ name: 'r', expression: 'ip.src in $bad', action: 'block' }],
    accessRules: [{ name: 'a', source: '$bad', action: 'block', state: 'disabled' }]
  })
  expect([await tries(bench, '127.0.0.2'), await tries(bench, '127.0.0.3')]).toEqual(['reset', 'served'])
  await bench.apply({ lists: [{ name: 'bad', type: 'ip', items: ['127.0.0.3', '127.0.7.0/24'] }] })
  expect([await tries(bench, '127.0.0.2'), await tries(bench, '127.0.0.3'), await tries(bench, '127.0.7.7')]).toEqual([
    'served', 'reset', 'reset'
  ])
  // Another type under the same rules is refused with them.
  await expect(bench.apply({ lists: [{ name: 'bad', type: 'string', items: [] }] })).rejects.toMatchObject({
    code: 'rule-invalid',
    issues: [{ path: 'rules[0].expression', message: expect.stringContaining('$bad is a list of strings') as string }]
  })
  expect(await tries(bench, '127.0.0.3')).toBe('reset')
})
