// What `show` and `stat` print of live traffic, beyond the article's checks.
import { connect, type Socket } from 'node:net'
import { FakeServer, until } from '@weirlb/testing'
import { createWeir, type Weir } from '@weirlb/core'
import { exec, type ExecDone } from '@weirlb/netscaler'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

let weir: Weir
let server: FakeServer
const sockets: Socket[] = []
beforeAll(async () => {
  server = await FakeServer.echo()
  weir = createWeir({ workers: 1, log: { level: 'silent' }, config: {
    extensions: [{ name: 'lines', source: lineProtocol(SERVER_LINES) }],
    userProtocols: [{ name: 'LINES', transport: 'tcp', extension: 'lines' }],
    services: [{ name: 's', address: '127.0.0.1', port: server.port }],
    serviceGroups: [{ name: 'farm', members: [{ address: '127.0.0.1', port: server.port, weight: 3 }] }],
    lbVservers: [{ name: 'lb', services: [{ name: 's' }] }, { name: 'lb2', services: [{ name: 'farm' }] }],
    glbs: [{ name: 'by-name', match: { sni: ['a.example'] }, pools: [{ name: 'lb2' }] }],
    userVservers: [{ name: 'v', protocol: 'LINES', address: '127.0.0.1', port: 0, defaultLb: 'lb', glbs: [] }, { name: 'w', protocol: 'LINES', address: '127.0.0.1', port: 0, defaultLb: 'lb2' }],
    rules: [{ name: 'clear', expression: 'not ssl', action: 'log', vservers: ['w'], comment: 'looks on' }]
  } })
  await weir.start()
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await weir.stop({ graceMs: 0 })
  await server.close()
})

const run = async (commands: string, columns = 1000): Promise<ExecDone> => await exec(weir, { commands, columns })
const text = async (commands: string, columns?: number): Promise<string> =>
  (await run(commands, columns)).results.map(result => result.text).join('')
const data = async (command: string): Promise<unknown> => (await run(command)).results[0]!.data
const come = async (name: string, send = 'hello x\n'): Promise<Socket> => {
  const { listening } = await weir.userVservers.status(name)
  const socket = connect(listening!.port, '127.0.0.1')
  sockets.push(socket)
  let seen = ''
  socket.on('data', bytes => { seen += bytes.toString() }).on('error', () => {})
  socket.write(send)
  if (send.endsWith('\n')) await until(() => seen === send, 'the echo')
  return socket
}

test('a service group with its members, and their sums', async () => {
  await come('w')
  const member = `farm@127.0.0.1:${server.port}`
  await until(
    async () => /State: UP[^]*Current connections: 1/.test(await text('show serviceGroup farm')),
    'the connection'
  )
  const shown = await text('show serviceGroup farm')
  expect(shown).toMatch(/^\tfarm - USER_TCP\n\tState: UP\n\tLast state change was at 20[^\n]+Z\n\tTime since last state change: 0 days, 00:[0-9:]+\n\tNo\. of Members: 1 \(Total\)\t1 \(Active\)\n\tMax Conn: 0\tCurrent connections: 1\n/)
  expect(shown).toContain(`1)\t${member}\tState: UP\tWeight: 3\tConnections: 1\tHits: 1\n`)
  expect(await data('stat serviceGroup farm')).toMatchObject({
    name: 'farm',
    State: 'UP',
    actMbrs: 1,
    inactMbrs: 0,
    Hits: 1,
    SvrConn: 1
  })
})

test('a user vserver with its policies, as content switching shows it', async () => {
  await weir.userVservers.patch('v', { glbs: [] })
  expect(await text('show cs vserver v')).toMatch(/^\tv \(127\.0\.0\.1:\d+\) - LINES\tType: CONTENT\n\tState: UP\n\tLast state .*\n\tTime since .*\n\tDefault: lb\tPolicies: 0\n/)
  expect(await data('stat cs policy by-name')).toMatchObject({ name: 'by-name', State: 'UP', Hits: 0 })
  expect(await text('stat cs vserver')).toMatch(/^Name +IP +port .*\nv +127\.0\.0\.1 /)
})

test('a rule with its counters, and the times of connections with their quantiles', async () => {
  await come('w')
  await until(async () => (await data('stat rule clear') as { readonly matched: number }).matched > 0, 'the match')
  expect(await text('show rule clear')).toMatch(/^\tclear - LOG\tPriority: 0\n\tState: [A-Z]+\n\tExpression: not ssl\n\tUser vservers: w\n\tHits: \d+\tBlocked: 0\n\tComment: "looks on"\n$/)
  expect(await text('stat rule')).toMatch(/^Name +State +matched +blocked +challenged\nclear +\S+ +\d+ +0 +0\n$/)
  expect(await data('stat user vserver w')).toMatchObject({
    Rsp: 0,
    PktRx: null,
    PktTx: null,
    IvldReqRsp: 0,
    IvldReqRspDrp: 0,
    firstMessage50: expect.any(Number) as number,
    connect99: expect.any(Number) as number
  })
  expect(await data('stat user vserver v')).toMatchObject({ name: 'v', PktRx: null })
  expect(await text('stat user vserver w')).toMatch(/\nTime of first message: half within \(ms\) +[\d.]+\n/)
  expect(await data('stat service s')).toMatchObject({ dial50: null, firstReply99: null })
})

test('connections by worker and interface', async () => {
  const of = async (filter: string): Promise<number> =>
    (await data(`show connectiontable "${filter}"`) as { readonly items: readonly unknown[] }).items.length
  const all = await of('CONNECTION.VLANID.EQ(0) && CONNECTION.TRAFFIC_DOMAIN_ID.EQ(0)')
  expect(all).toBeGreaterThan(0)
  const { id } = (await weir.connections.list({ limit: 1 }))[0]!
  expect(await of(`CONNECTION.PPEID.EQ(${id.split('-')[0]})`)).toBe(all)
  expect(await of('CONNECTION.PPEID.EQ(9999)')).toBe(0)
  expect([await of('CONNECTION.INTF.EQ(lo)'), await of('CONNECTION.INTF.EQ(eth99)')]).toEqual([all, 0])
})

test('the time since the last change of a state, which others cause as well', async () => {
  const { since } = await weir.userVservers.status('v')
  expect(Date.parse(since!)).toBeLessThanOrEqual(Date.now())
  const before = Date.now()
  await weir.services.disable('s')
  expect(await weir.userVservers.status('v')).toMatchObject({ value: 'down' })
  const changed = (await weir.lbVservers.status('lb')).since!
  expect(Date.parse(changed)).toBeGreaterThanOrEqual(before)
  // It stays, whoever asks, while the state does.
  expect((await weir.lbVservers.status('lb')).since).toBe(changed)
  expect(await text('show lb vserver lb')).toContain(
    `\tState: DOWN - no service is up (s: disabled)\n\tLast state change was at ${changed}\n`
  )
  // Nobody asks about it meanwhile.
  await weir.services.enable('s')
  const enabled = Date.now()
  await until(async () => (await weir.userVservers.status('v')).value === 'up', 'the user vserver')
  const again = Date.parse((await weir.userVservers.status('v')).since!)
  expect(again).toBeGreaterThanOrEqual(Date.parse(changed))
  expect(again).toBeLessThanOrEqual(enabled + 5000)
})

test('functions of an extension with their calls, and established connections apart from others', async () => {
  await come('w')
  // It is connected, and has no server yet.
  await come('w', 'half a line')
  await until(async () => (await weir.stats()).userVservers['w']!.connections >= 2, 'both')
  const shown = await text('show ns extension lines')
  expect(shown).toMatch(/\n\t\d\)\tFunction: client\.onMessage\tHits: [1-9]\d*\tUndef hits: 0\tHalt count: 0\n/)
  const { ClntConn, EstConn } = await data('stat user vserver w') as {
    readonly ClntConn: number
    readonly EstConn: number
  }
  expect(ClntConn - EstConn).toBe(1)
  expect(await text('show user vserver w')).toContain(`Current connections: ${ClntConn}\tEstablished: ${EstConn}\n`)
  expect(await data('stat serviceGroup farm')).toMatchObject({ SvrEst: EstConn, SvrConn: EstConn })
})

test('tables that fit the terminal', async () => {
  for (const columns of [40, 80, 120]) {
    const shown = await text(
      'stat user vserver\nstat service\nstat ns extension\nshow connectiontable\nstat serviceGroup',
      columns
    )
    expect(shown.split('\n').filter(line => line.length > columns)).toEqual([])
    expect(shown).toMatch(/Rspb/)
  }
})
