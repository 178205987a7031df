// The run of commands: what they change, what is refused and how, and what is skipped.
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WeirError } from '@weirlb/model'
import { TIME_SCALE } from '@weirlb/testing'
import { createWeir, type Weir } from '@weirlb/core'
import { exec, type ExecDone } from '@weirlb/netscaler'

let weir: Weir
beforeAll(async () => {
  weir = createWeir({ workers: 1, log: { level: 'silent' } })
  await weir.start()
})
afterAll(async () => { await weir.stop({ graceMs: 0 }) })

const run = async (...commands: readonly string[]): Promise<ExecDone> => await exec(weir, { commands: commands.join('\n') })
/** What `run` is refused with. */
const refusal = async (...commands: readonly string[]): Promise<WeirError> => await run(...commands).then(() => { throw new Error('nothing was refused') }, (error: unknown) => error as WeirError)

const setUp = [
  'clear ns config full',
  'add ns extension mqtt -builtin mqtt',
  'add user protocol MQTT -transport TCP -extension mqtt',
  'add service s1 127.0.0.1 USER_TCP 1',
  'add service s2 127.0.0.1 USER_TCP 2',
  'add lb vserver lb USER_TCP',
  'bind lb vserver lb s1',
  'add user vserver v MQTT 127.0.0.1 0 -defaultLB lb -state DISABLED'
]

describe('commands change the configuration', () => {
  beforeAll(async () => { await run(...setUp) })

  test('in any case, abbreviated, and quoted', async () => {
    await run('SET SERVICE s1 -MAXC 5 -Comment "a \\"b\\" # c" # the limit', 'se lb vs lb -lbm leastconn -persistencet usersession -timeo 3 ; bi lb vs lb s2 -weight 4')
    expect(weir.services.require('s1').value).toMatchObject({ maxClients: 5, comment: 'a "b" # c' })
    expect(weir.lbVservers.require('lb').value).toMatchObject({ method: 'least-connection', persistence: { type: 'user-session', timeoutSeconds: 180 }, services: [{ name: 's1', weight: 1 }, { name: 's2', weight: 4 }] })
    await run('unset service s1 -maxClient -comment', 'unset lb vserver lb -lbMethod -timeout', 'bind lb vs lb s2 -weight 7', 'unbind lb vs lb s1')
    expect(weir.services.require('s1').value).toMatchObject({ maxClients: 0 })
    expect(weir.services.require('s1').value.comment).toBeUndefined()
    expect(weir.lbVservers.require('lb').value).toMatchObject({ method: 'round-robin', persistence: { type: 'user-session', timeoutSeconds: 120 }, services: [{ name: 's2', weight: 7 }] })
  })

  test('with states and new names', async () => {
    await run('disable service s1', 'rename service s2 two', 'disable lb vs lb', 'enable user vs v', 'rename lb vs lb brokers')
    expect(weir.services.require('s1').value.state).toBe('disabled')
    expect(weir.lbVservers.require('brokers').value).toMatchObject({ state: 'disabled', services: [{ name: 'two' }] })
    expect(weir.userVservers.require('v').value).toMatchObject({ state: 'enabled', defaultLb: 'brokers' })
    await run('rename service two s2', 'rename lb vserver brokers lb', 'enable lb vserver lb', 'enable server 127.0.0.1', 'disable user vserver v')
    expect(weir.services.require('s1').value.state).toBe('enabled')
  })

  test('with options for fields that NetScaler has not', async () => {
    await run('set user vs v -limits.idleTimeoutSeconds 60 -allowFrom 127.0.0.0/8,::1 -params "maxPacketBytes=4096 inspect=messages"', 'set service s1 -connectTimeoutSeconds 1.5')
    expect(weir.userVservers.require('v').value).toMatchObject({ limits: { idleTimeoutSeconds: 60 }, allowFrom: ['127.0.0.0/8', '::1'], params: { maxPacketBytes: 4096, inspect: 'messages' } })
    expect(weir.services.require('s1').value.connectTimeoutSeconds).toBe(1.5)
  })

  test('with monitors, and servers by name', async () => {
    await run('add lb monitor ready HTTP -httpRequest "HEAD /ready" -respCode 200,204 -interval 10 -retries 2', 'bind service s1 -monitorName ready -weight 3', 'add server broker 127.0.0.9', 'add service s9 broker USER_TCP 9', 'add glb names -match.hosts "a.example,*.b.example" -pools \'[{"name":"lb"}]\'')
    expect(weir.monitors.require('ready').value).toMatchObject({ type: 'http', method: 'HEAD', path: '/ready', expectedCodes: ['200', '204'], intervalSeconds: 10, downAfter: 2 })
    expect(weir.services.require('s1').value.monitors).toEqual([{ type: 'named', name: 'ready', weight: 3 }])
    expect(weir.services.require('s9').value.address).toBe('127.0.0.9')
    expect(weir.glbs.require('names').value.match).toEqual({ hosts: ['a.example', '*.b.example'] })
    await run('unbind service s1 -monitorName ready', 'rm lb monitor ready', 'rm service s9', 'rm glb names')
    expect(weir.services.require('s1').value.monitors).toMatchObject([{ type: 'tcp' }])
  })

  test('with policies of content switching, which are GLBs', async () => {
    await run('add user protocol WEB -transport HTTP', 'add service h 127.0.0.1 HTTP 80', 'add lb vserver web_lb HTTP', 'bind lb vserver web_lb h', 'add user vserver w WEB 127.0.0.1 0 -defaultLB web_lb -state DISABLED')
    const { skipped } = await run(
      'add cs vserver web HTTP 127.0.0.1 80', 'add cs policy api -rule "HTTP.REQ.HOSTNAME.EQ(\\"API.example\\") && HTTP.REQ.URL.STARTSWITH(\\"/v1/\\")"', 'add cs policy any -domain *.example -targetLBVserver web_lb', 'add cs policy odd -rule "CLIENT.IP.SRC.EQ(127.0.0.1)"', 'add cs policy lost -domain lost.example',
      'bind cs vserver w -policyName api -targetLBVserver web_lb -priority 10', 'bind cs vserver w -policyName any', 'bind cs vserver w -policyName odd -targetLBVserver web_lb', 'bind cs vserver web -policyName any'
    )
    expect(weir.glbs.list().map(({ name, match, pools }) => [name, match, pools.map(({ name }) => name)])).toEqual([['any', { hosts: ['*.example'] }, ['web_lb']], ['api', { hosts: ['api.example'], path: '/v1' }, ['web_lb']]])
    expect(weir.userVservers.require('w').value.glbs).toEqual(['api', 'any'])
    expect(skipped.map(({ line, command }) => [line, command])).toEqual([[1, 'add cs vserver'], [4, 'add cs policy -rule'], [4, 'add cs policy odd'], [5, 'add cs policy lost'], [6, 'bind cs vserver -priority'], [8, 'bind cs vserver -policyName'], [9, 'bind cs vserver']])
    await run('unbind cs vserver w -policyName api', 'unbind cs vserver w -policyName any', 'rm cs policy api', 'rm glb any', 'rm user vserver w', 'rm lb vserver web_lb', 'rm service h', 'rm user protocol WEB')
    expect((await refusal('add cs policy p -domain a.example', 'bind cs vserver v -policyName p')).issues[0]).toMatchObject({ line: 2, message: expect.stringContaining('-targetLBVserver <LB vserver> is missing') as string })
  })

  test('with service groups and their servers', async () => {
    await run('add server third 127.0.0.3', 'add serviceGroup g USER_TCP -maxClient 9', 'bind serviceGroup g 127.0.0.1 1883 -weight 2', 'bind serviceGroup g third 1883', 'add lb vserver glb1 USER_TCP', 'bind lb vserver glb1 g')
    expect(weir.serviceGroups.require('g').value).toMatchObject({ maxClients: 9, members: [{ address: '127.0.0.1', port: 1883, weight: 2 }, { address: '127.0.0.3', port: 1883, weight: 1 }] })
    await run('unbind serviceGroup g 127.0.0.1 1883')
    expect((await refusal('unbind serviceGroup g 127.0.0.1 1883')).message).toMatch(/is not in service group 'g'; there are: 127.0.0.3:1883/)
    expect((await run('show lb vserver glb1', 'show serviceGroup')).results.map(({ text }) => text).join('')).toMatch(/No. of Bound Services: 1 \(Total\)[^]*g +(UP|UNKNOWN|DOWN)/)
    await run('rm lb vserver glb1', 'rm serviceGroup g')
  })

  test('later, as a job, where a service is disabled with a delay', async () => {
    const { results } = await run('add service late 127.0.0.1 USER_TCP 7', 'disable service late 3600', 'show service late')
    expect(results.map(({ data }) => data)).toMatchObject([{ name: 'late', state: 'sessions-only' }, { name: 'late', status: { value: expect.any(String) as string } }])
    expect(results[1]!.text).toMatch(/Time since last state change: 0 days, 00:0\d:\d\d\n/)
    await run('enable service late', 'rm service late')
  })

  test('with many bindings as one, whose fault has its line', async () => {
    await run(...Array.from({ length: 300 }, (_, i) => `add service m${i} 127.0.0.1 USER_TCP ${i + 1} -healthMonitor NO`), 'add lb vserver many USER_TCP', ...Array.from({ length: 300 }, (_, i) => `bind lb vserver many m${i} -weight ${i % 100 + 1}`))
    expect(weir.lbVservers.require('many').value.services.map(({ weight }) => weight)).toEqual(Array.from({ length: 300 }, (_, i) => i % 100 + 1))
    await run('unbind lb vserver many m0', 'unbind lb vserver many m1')
    expect(await refusal('bind lb vserver many m0', 'bind lb vserver many m1 -weight 101')).toMatchObject({ code: 'config-invalid', issues: [{ line: 2, message: expect.stringContaining('at most 100; got 101') as string }] })
    expect(await refusal('bind lb vserver many m0', 'bind lb vserver many m2')).toMatchObject({ code: 'name-taken', issues: [{ line: 2 }] })
    expect(await refusal('bind lb vserver none m0', 'bind lb vserver none m1')).toMatchObject({ code: 'not-found', issues: [{ line: 1, column: 17 }] })
    await run('rm lb vserver many', ...Array.from({ length: 300 }, (_, i) => `rm service m${i}`))
  })

  test('or show what a file would change', async () => {
    const file = [...setUp.slice(1).filter(line => !line.startsWith('add service s2')), 'add service s3 127.0.0.1 USER_TCP 3'].join('\n')
    const { etag } = weir.config.get()
    const { results } = await exec(weir, { commands: 'diff ns config other.conf', files: { 'other.conf': file } })
    expect(results[0]!.text).toMatch(/^- add service s2 127\.0\.0\.1 USER_TCP 2$/m)
    expect(results[0]!.text).toMatch(/^\+ add service s3 127\.0\.0\.1 USER_TCP 3$/m)
    expect(weir.config.get().etag).toBe(etag)
    expect(await exec(weir, { commands: 'diff ns config x', files: { x: 'add service' } }).catch((error: unknown) => error)).toMatchObject({ code: 'command-invalid' })
    expect((await refusal('diff ns config y')).message).toMatch(/no file 'y' was sent/)
  })

  test('and trace extensions, which is no part of it', async () => {
    const { etag } = weir.config.get()
    expect((await run('set ns extension mqtt -trace calls', 'show ns extension mqtt')).results.map(({ text }) => text).join('')).toMatch(/mqtt: trace calls[^]*Trace: calls/)
    expect((await run('set ns extension mqtt -trace off')).results[0]!.data).toEqual({ name: 'mqtt', level: 'off' })
    expect((await refusal('set ns extension mqtt -trace calls -comment x')).message).toMatch(/-trace is given with -comment/)
    expect(weir.config.get().etag).toBe(etag)
  })

  test('and show the whole', async () => {
    const { results, changes } = await run('show ns version', 'sh ns feature', 'sh ns hostname', 'save ns config', 'sh ns config', 'show runningConfig', 'count service', 'sh service s1', 'sh server', 'stat service')
    expect(changes).toBe(0)
    expect(results.map(({ data }) => data)).toMatchObject([
      { version: expect.any(String) as string }, [{ acronym: 'LB', status: 'ON' }, {}, {}, {}], { hostname: hostname() }, { revision: expect.any(Number) as number }, { services: 2, userVservers: 1 },
      { commands: expect.stringContaining('add service s1 127.0.0.1 USER_TCP 1') as string }, { count: 2 }, { name: 's1', status: { value: expect.any(String) as string } }, [{ address: '127.0.0.1', services: ['s1', 's2'] }], [{ name: 's1', port: 1 }, { name: 's2' }]
    ])
  })

  test('as one revision, which other writers come before or after', async () => {
    const { etag } = weir.config.get()
    await run('set service s1 -maxClient 1')
    const late = await exec(weir, { commands: 'set service s1 -maxClient 2', ifMatch: etag }).catch((error: unknown) => error as WeirError)
    expect(late).toMatchObject({ code: 'precondition-failed' })
    expect(weir.services.require('s1').value.maxClients).toBe(1)
    const outcomes = await Promise.allSettled([3, 4].map(async count => await exec(weir, { commands: `set service s1 -maxClient ${count}`, ifMatch: weir.config.get().etag })))
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('a bad command is refused with its place and what would be right', () => {
  let etag: string
  beforeAll(async () => {
    await run(...setUp)
    ;({ etag } = weir.config.get())
  })

  test.each([
    ['a misspelt verb', 'shwo service', 1, /no command 'shwo'; did you mean 'show'\?; there are: add, set/],
    ['an abbreviation of several verbs', 's service', 1, /'s' may be set or show or stat or save/],
    ['a misspelt object', 'add servce s3 127.0.0.1 USER_TCP 1', 5, /'add' has no object 'servce'; did you mean 'service'.*; there are: ns extension/],
    ['an abbreviation of several objects', 'show vs', 6, /'vs' may be user vserver or lb vserver/],
    ['an abbreviation of several options', 'set lb vserver lb -s TRUE', 19, /'-s' may be|no option/],
    ['no object', 'add', 4, /'add' needs an object; there are: /],
    ['a misspelt option', 'set service s1 -maxClents 5', 16, /no option '-maxClents'; did you mean '-maxClient'\?; there are: -maxClient/],
    ['a misspelt name', 'set service s3 -maxClient 5', 13, /no service 's3'; did you mean 's[12]' or 's[12]'\?; there are: s1, s2/],
    ['a misspelt keyword', 'add lb vserver lb3 USER_TPC', 20, /expected one of USER_TCP.*; got "USER_TPC"; did you mean 'USER_TCP'/],
    ['a missing argument', 'add service s3 127.0.0.1', 26, /\( USER_TCP .*\) is missing: Transport to the server. expected: add service <name> <IP>/],
    ['a missing option', 'add user vserver w MQTT 127.0.0.1 0', 1, /-defaultLB: is missing/],
    ['a word too many', 'rm service s1 s2', 15, /what is "s2"\? expected: rm service <name>/],
    ['an option without its value', 'set service s1 -maxClient -comment x', 16, /-maxClient needs a value: <maxClients>/],
    ['a doubled option', 'set service s1 -maxClient 1 -maxClient 2', 29, /-maxClient is given twice/],
    ['a doubled field', 'set lb vserver lb -timeout 1 -persistence.timeoutSeconds 2', 30, /-persistence.timeoutSeconds and -timeout set the same field/],
    ['a reference to what does not exist', 'add user vserver w MQTT 127.0.0.1 0 -defaultLB lbb', 48, /no LB vserver 'lbb'; did you mean 'lb'\?; there are: lb/],
    ['the removal of what is in use', 'rm lb vserver lb', 15, /LB vserver 'lb' is in use by user vserver 'v'/],
    ['a name that is taken', 'add service s1 127.0.0.1 USER_TCP 1', 13, /there is a service 's1' already/],
    ['a value out of range', 'add service s3 127.0.0.1 USER_TCP 99999', 35, /<port>: must be at most 65535; got 99999/],
    ['a value that is no number', 'add service s3 127.0.0.1 USER_TCP http', 35, /<port>: expected a number of port; got "http"/],
    ['a quote that is not closed', 'set service s1 -comment "abc', 25, /the quote that begins here is not closed/],
    ['a relative path without a folder', 'add ssl certKey c -cert a.pem', 1, /-cert: expected an absolute path; got 'a.pem'/],
    ['a file that is not there', 'add ssl certKey c -cert /nowhere/a.pem -key /nowhere/a.key', 25, /nowhere/],
    ['a file that was not sent', 'import ns extension local:x.ts x', 1, /no file 'x.ts' was sent with the commands/],
    ['a bound service', 'bind lb vserver lb s1', 1, /service 's1' is bound to LB vserver 'lb' already/],
    ['a service that is not bound', 'unbind lb vserver lb s2', 22, /service 's2' is not bound to LB vserver 'lb'.*; there are: s1/],
    ['a parameter of no extension', 'set user vserver v -params "strictness=5"', 28, /unknown parameter/],
    ['an extension that was not imported', 'add ns extension x', 18, /no extension 'x' has been imported/],
    ['a filter that cannot be read', 'show connectiontable "CONNECTION.IDLETIM.GT(5)"', 22, /no field 'IDLETIM'; did you mean 'IDLETIME'/]
  ])('%s', async (_, command, column, message) => {
    const error = await refusal('show service', command)
    expect(error.issues[0]).toMatchObject({ path: 'commands', line: 2, column })
    expect(error.issues[0]!.message).toMatch(message)
    expect(error.message).toBe(`line 2: ${error.issues[0]!.message}`)
    expect(weir.config.get().etag).toBe(etag)
  })

  test('a fault in line 40 of a file leaves nothing of the 39 before', async () => {
    const error = await refusal(...Array.from({ length: 39 }, (_, i) => `add service t${i} 127.0.0.1 USER_TCP ${i + 1}`), 'add service t40 127.0.0.1 USER_TCP 65536')
    expect(error).toMatchObject({ code: 'config-invalid', issues: [{ line: 40, column: 36, message: 'add service: <port>: must be at most 65535; got 65536' }] })
    expect(weir.config.get().etag).toBe(etag)
  })

  test('an extension that does not compile, at the line that imports it', async () => {
    const error = await exec(weir, { commands: '\nimport ns extension local:x.ts x', files: { 'local:x.ts': 'export default {' } }).catch((thrown: unknown) => thrown as WeirError)
    expect(error).toMatchObject({ issues: [{ line: 2, message: expect.stringContaining('import ns extension: ') as string }] })
    expect(weir.config.get().etag).toBe(etag)
  })

  test('Lua, with what to do', async () => {
    const lua = 'function client.on_data(ctxt, payload)\n   ns.send(ctxt.output, "DATA", {data = payload.data})\nend\n'
    for (const name of ['mqtt.lua', 'mqtt.txt']) {
      const error = await exec(weir, { commands: `import ns extension local:${name} x`, files: { [`local:${name}`]: lua } }).catch((thrown: unknown) => thrown as WeirError)
      expect(error).toMatchObject({ code: 'extension-compile', message: expect.stringContaining('-builtin mqtt') as string })
    }
  })

  test('what is shown after changes, with what was changed', async () => {
    const { revision } = await weir.health()
    const error = await refusal('set service s1 -maxClient 7', 'count service', 'show service nobody', 'count service')
    expect(error).toMatchObject({ code: 'not-found', issues: [
      { path: 'commands', line: 3, column: 14, message: expect.stringMatching(/^show service: no service 'nobody'/) as string },
      { path: 'applied', message: '1 command has changed the configuration; of the others, those from line 3 on were not run' }
    ] })
    expect(await weir.health()).toMatchObject({ revision: revision + 1 })
    expect(weir.services.require('s1').value.maxClients).toBe(7)
    expect((await refusal('clear lb persistentSessions', 'show service nobody')).issues[1]).toEqual({ path: 'applied', message: 'the commands before line 2 were run' })
    expect((await refusal('count service', 'show service nobody')).issues).toHaveLength(1)
  })

  test('a secret without its text', async () => {
    const error = await refusal("add ssl certKey c -acme.externalAccountBinding '{\"keyId\":\"k\",\"hmacKey\":\"c2VjcmV0\"'")
    expect(error.issues[0]!.message).toBe('add ssl certKey: -acme.externalAccountBinding: expected JSON; got a hidden value')
    expect(JSON.stringify([error.message, error.issues])).not.toContain('c2VjcmV0')
  })

  test('many words, quotes, escapes and empty lines, in time that grows with their number', async () => {
    const begun = performance.now()
    await refusal(`enable ns feature LB${' LB'.repeat(200_000)} -no`)
    await refusal(`show service ${'""'.repeat(500_000)}`)
    await refusal(`show service "${'\\n'.repeat(500_000)}"`)
    await refusal(`import ns extension data:text/typescript;base64,${Buffer.from('\n'.repeat(200_000)).toString('base64')} empty`)
    await refusal(`import ns extension data:text/typescript;base64,${Buffer.from('function a(\n'.repeat(50_000)).toString('base64')} open`)
    expect(performance.now() - begun).toBeLessThan(10_000 * TIME_SCALE)
  })

  test('too many commands', async () => {
    expect((await refusal('show service\n'.repeat(10_001))).message).toMatch(/expected at most 10000/)
    expect(await refusal('show service\n'.repeat(101))).toMatchObject({ issues: [{ line: 101, message: expect.stringContaining('expected at most 100 at a time') as string }] })
  })
})

describe('what is outside of Weir\'s world is skipped with the reason', () => {
  test('in a real ns.conf', async () => {
    await run('clear ns config full')
    const commands = await readFile(fileURLToPath(new URL('../fixtures/netscaler/ns.conf', import.meta.url)), 'utf8')
    const folder = fileURLToPath(new URL('../fixtures/netscaler', import.meta.url))
    const { changes, skipped } = await exec(weir, { commands, folder })
    expect(changes).toBe(11)
    expect(weir.services.list().map(({ address, port }) => [address, port])).toEqual([['10.217.24.48', 1501], ['10.217.24.48', 1502]])
    expect(weir.lbVservers.list().map(({ name, services }) => [name, services.length])).toEqual([['mqtt_lb', 2]])
    expect(weir.userVservers.require('mqtt_vs').value.tls.resumption).toBe(false)
    const lines = commands.split('\n')
    const done = /^(add (service|server|ns ext|user|lb vserver mqtt)|bind lb vserver mqtt|enable ns feature|set ssl vserver|#|$)/
    const expected = lines.flatMap((line, i) => done.test(line) ? [] : [i + 1])
    expect([...new Set(skipped.filter(({ command }) => !/ -|enable ns feature/.test(command)).map(({ line }) => line))]).toEqual(expected)
    expect(skipped).toContainEqual({ line: 20, command: 'add lb vserver', reason: expect.stringContaining('an LB vserver of Weir has no address') as string })
    expect(skipped).toContainEqual({ line: 26, command: 'bind lb vserver', reason: "'web_lb' was skipped in line 20" })
    expect(skipped).toContainEqual({ line: 5, command: 'enable ns feature REWRITE', reason: 'Weir has no such feature' })
    expect(skipped.filter(({ line }) => line === 17).map(({ command }) => command)).toContain('add service -usip')
    for (const { command, reason } of skipped) {
      expect(reason).not.toBe('')
      expect(command).not.toMatch(/1a2b3c4d5e6f|8a7b474124957776/)
    }
  })

  test('no persistence that Weir has by another name', async () => {
    await run(...setUp)
    const { skipped } = await run('add lb vserver p USER_TCP 0.0.0.0 0 -persistenceType COOKIEINSERT -persistenceBackup SOURCEIP -cookieName at -v6persistmasklen 64', 'add lb vserver q USER_TCP -persistenceType SOURCEIP -persistenceBackup NONE', 'add lb vserver r USER_TCP -persistenceType RULE')
    expect(skipped).toMatchObject([{ line: 2, command: 'add lb vserver -persistenceBackup' }, { line: 3, command: 'add lb vserver -persistenceType' }])
    expect(weir.lbVservers.require('p').value.persistence).toMatchObject({ type: 'cookie', secondary: 'source-ip', cookie: { name: 'at' }, sourceIp: { ipv4Prefix: 32, ipv6Prefix: 64 } })
    expect([weir.lbVservers.require('q').value.persistence.type, weir.lbVservers.require('r').value.persistence.type]).toEqual(['source-ip', 'none'])
  })

  test('a type, a method and a persistence that Weir has not', async () => {
    await run(...setUp)
    const { skipped, changes } = await run('add service d 127.0.0.1 DNS 53', 'bind lb vserver lb d', 'add lb vserver n USER_TCP 0.0.0.0 0 -lbMethod URLHASH -persistenceType URLPASSIVE')
    expect(changes).toBe(1)
    expect(skipped).toMatchObject([{ line: 1, command: 'add service' }, { line: 2, reason: "'d' was skipped in line 1" }, { line: 3, command: 'add lb vserver -lbMethod' }, { line: 3, command: 'add lb vserver -persistenceType' }])
    expect(weir.lbVservers.require('n').value).toMatchObject({ method: 'round-robin', persistence: { type: 'none' } })
  })
})
