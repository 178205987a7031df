// Commands that are refused, with their places, and those that are skipped, with the reason.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import type { WeirError } from '@weirlb/model'
import { TIME_SCALE } from '@weirlb/testing'
import type { Weir } from '@weirlb/core'
import { exec } from '@weirlb/netscaler'
import { commandsOf, setUp, startForCommands } from './exec-bench.ts'

let weir: Weir
beforeAll(async () => { weir = await startForCommands() })
const { run, refusal } = commandsOf(() => weir)

describe('a bad command is refused with its place and what would be right', () => {
  let etag: string
  beforeAll(async () => {
    await run(...setUp)
    ;({ etag } = weir.config.get())
  })

  test.each([
    ['a misspelt verb', 'shwo service', 1, /no command 'shwo'; did you mean 'show'\?; there are: add, set/],
    ['an abbreviation of several verbs', 's service', 1, /'s' may be set or show or stat or save/],
    [
      'a misspelt object', 'add servce s3 127.0.0.1 USER_TCP 1', 5,
      /'add' has no object 'servce'; did you mean 'service'.*; there are: ns extension/
    ],
    ['an abbreviation of several objects', 'show vs', 6, /'vs' may be user vserver or lb vserver/],
    ['an abbreviation of several options', 'set lb vserver lb -s TRUE', 19, /'-s' may be|no option/],
    ['no object', 'add', 4, /'add' needs an object; there are: /],
    [
      'a misspelt option', 'set service s1 -maxClents 5', 16,
      /no option '-maxClents'; did you mean '-maxClient'\?; there are: -maxClient/
    ],
    [
      'a misspelt name', 'set service s3 -maxClient 5', 13,
      /no service 's3'; did you mean 's[12]' or 's[12]'\?; there are: s1, s2/
    ],
    [
      'a misspelt keyword', 'add lb vserver lb3 USER_TPC', 20,
      /expected one of USER_TCP.*; got "USER_TPC"; did you mean 'USER_TCP'/
    ],
    [
      'a missing argument', 'add service s3 127.0.0.1', 26,
      /\( USER_TCP .*\) is missing: Transport to the server. expected: add service <name> <IP>/
    ],
    ['a missing option', 'add user vserver w MQTT 127.0.0.1 0', 1, /-defaultLB: is missing/],
    ['a word too many', 'rm service s1 s2', 15, /what is "s2"\? expected: rm service <name>/],
    [
      'an option without its value', 'set service s1 -maxClient -comment x', 16,
      /-maxClient needs a value: <maxClients>/
    ],
    ['a doubled option', 'set service s1 -maxClient 1 -maxClient 2', 29, /-maxClient is given twice/],
    [
      'a doubled field', 'set lb vserver lb -timeout 1 -persistence.timeoutSeconds 2', 30,
      /-persistence.timeoutSeconds and -timeout set the same field/
    ],
    [
      'a reference to what does not exist', 'add user vserver w MQTT 127.0.0.1 0 -defaultLB lbb', 48,
      /no LB vserver 'lbb'; did you mean 'lb'\?; there are: lb/
    ],
    ['the removal of what is in use', 'rm lb vserver lb', 15, /LB vserver 'lb' is in use by user vserver 'v'/],
    ['a name that is taken', 'add service s1 127.0.0.1 USER_TCP 1', 13, /there is a service 's1' already/],
    ['a value out of range', 'add service s3 127.0.0.1 USER_TCP 99999', 35, /<port>: must be at most 65535; got 99999/],
    [
      'a value that is no number', 'add service s3 127.0.0.1 USER_TCP http', 35,
      /<port>: expected a number of port; got "http"/
    ],
    ['a quote that is not closed', 'set service s1 -comment "abc', 25, /the quote that begins here is not closed/],
    [
      'a relative path without a folder', 'add ssl certKey c -cert a.pem', 1,
      /-cert: expected an absolute path; got 'a.pem'/
    ],
    ['a file that is not there', 'add ssl certKey c -cert /nowhere/a.pem -key /nowhere/a.key', 25, /nowhere/],
    ['a file that was not sent', 'import ns extension local:x.ts x', 1, /no file 'x.ts' was sent with the commands/],
    ['a bound service', 'bind lb vserver lb s1', 1, /service 's1' is bound to LB vserver 'lb' already/],
    [
      'a service that is not bound', 'unbind lb vserver lb s2', 22,
      /service 's2' is not bound to LB vserver 'lb'.*; there are: s1/
    ],
    ['a parameter of no extension', 'set user vserver v -params "strictness=5"', 28, /unknown parameter/],
    ['an extension that was not imported', 'add ns extension x', 18, /no extension 'x' has been imported/],
    [
      'a filter that cannot be read', 'show connectiontable "CONNECTION.IDLETIM.GT(5)"', 22,
      /no field 'IDLETIM'; did you mean 'IDLETIME'/
    ]
  ])('%s', async (_, command, column, message) => {
    const error = await refusal('show service', command)
    expect(error.issues[0]).toMatchObject({ path: 'commands', line: 2, column })
    expect(error.issues[0]!.message).toMatch(message)
    expect(error.message).toBe(`line 2: ${error.issues[0]!.message}`)
    expect(weir.config.get().etag).toBe(etag)
  })

  test('a fault in line 40 of a file leaves nothing of the 39 before', async () => {
    const error = await refusal(
      ...Array.from({ length: 39 }, (_, i) => `add service t${i} 127.0.0.1 USER_TCP ${i + 1}`),
      'add service t40 127.0.0.1 USER_TCP 65536'
    )
    expect(error).toMatchObject({
      code: 'config-invalid',
      issues: [{ line: 40, column: 36, message: 'add service: <port>: must be at most 65535; got 65536' }]
    })
    expect(weir.config.get().etag).toBe(etag)
  })

  test('an extension that does not compile, at the line that imports it', async () => {
    const error = await exec(
      weir, { commands: '\nimport ns extension local:x.ts x', files: { 'local:x.ts': 'export default {' } }
    ).catch((thrown: unknown) => thrown as WeirError)
    expect(error).toMatchObject(
      { issues: [{ line: 2, message: expect.stringContaining('import ns extension: ') as string }] }
    )
    expect(weir.config.get().etag).toBe(etag)
  })

  test('Lua, with what to do', async () => {
    const lua = 'function client.on_data(ctxt, payload)\n   ns.send(ctxt.output, "DATA", {data = payload.data})\nend\n'
    for (const name of ['mqtt.lua', 'mqtt.txt']) {
      const error = await exec(
        weir, { commands: `import ns extension local:${name} x`, files: { [`local:${name}`]: lua } }
      ).catch((thrown: unknown) => thrown as WeirError)
      expect(error).toMatchObject({
        code: 'extension-compile', message: expect.stringContaining('-builtin mqtt') as string
      })
    }
  })

  test('what is shown after changes, with what was changed', async () => {
    const { revision } = await weir.health()
    const error = await refusal('set service s1 -maxClient 7', 'count service', 'show service nobody', 'count service')
    expect(error).toMatchObject({ code: 'not-found', issues: [
      {
        path: 'commands', line: 3, column: 14,
        message: expect.stringMatching(/^show service: no service 'nobody'/) as string
      },
      {
        path: 'applied',
        message: '1 command has changed the configuration; of the others, those from line 3 on were not run'
      }
    ] })
    expect(await weir.health()).toMatchObject({ revision: revision + 1 })
    expect(weir.services.require('s1').value.maxClients).toBe(7)
    expect((await refusal('clear lb persistentSessions', 'show service nobody')).issues[1]).toEqual({
      path: 'applied', message: 'the commands before line 2 were run'
    })
    expect((await refusal('count service', 'show service nobody')).issues).toHaveLength(1)
  })

  test('a secret without its text', async () => {
    const error = await refusal(
      "add ssl certKey c -acme.externalAccountBinding '{\"keyId\":\"k\",\"hmacKey\":\"c2VjcmV0\"'"
    )
    expect(error.issues[0]!.message).toBe(
      'add ssl certKey: -acme.externalAccountBinding: expected JSON; got a hidden value'
    )
    expect(JSON.stringify([error.message, error.issues])).not.toContain('c2VjcmV0')
  })

  test('many words, quotes, escapes and empty lines, in time that grows with their number', async () => {
    const begun = performance.now()
    await refusal(`enable ns feature LB${' LB'.repeat(200_000)} -no`)
    await refusal(`show service ${'""'.repeat(500_000)}`)
    await refusal(`show service "${'\\n'.repeat(500_000)}"`)
    await refusal(
      `import ns extension data:text/typescript;base64,${Buffer.from('\n'.repeat(200_000)).toString('base64')} empty`
    )
    await refusal(
      `import ns extension data:text/typescript;base64,${
        Buffer.from('function a(\n'.repeat(50_000)).toString('base64')
      } open`
    )
    expect(performance.now() - begun).toBeLessThan(10_000 * TIME_SCALE)
  })

  test('too many commands', async () => {
    expect((await refusal('show service\n'.repeat(10_001))).message).toMatch(/expected at most 10000/)
    expect(await refusal('show service\n'.repeat(101))).toMatchObject(
      { issues: [{ line: 101, message: expect.stringContaining('expected at most 100 at a time') as string }] }
    )
  })
})

describe('what is outside of Weir\'s world is skipped with the reason', () => {
  test('in a real ns.conf', async () => {
    await run('clear ns config full')
    const commands = await readFile(fileURLToPath(new URL('../fixtures/netscaler/ns.conf', import.meta.url)), 'utf8')
    const folder = fileURLToPath(new URL('../fixtures/netscaler', import.meta.url))
    const { changes, skipped } = await exec(weir, { commands, folder })
    expect(changes).toBe(11)
    expect(weir.services.list().map(({ address, port }) => [address, port])).toEqual([
      ['10.217.24.48', 1501], ['10.217.24.48', 1502]
    ])
    expect(weir.lbVservers.list().map(({ name, services }) => [name, services.length])).toEqual([['mqtt_lb', 2]])
    expect(weir.userVservers.require('mqtt_vs').value.tls.resumption).toBe(false)
    const lines = commands.split('\n')
    const done =
      /^(add (service|server|ns ext|user|lb vserver mqtt)|bind lb vserver mqtt|enable ns feature|set ssl vserver|#|$)/
    const expected = lines.flatMap((line, i) => done.test(line) ? [] : [i + 1])
    expect(
      [...new Set(skipped.filter(({ command }) => !/ -|enable ns feature/.test(command)).map(({ line }) => line))]
    ).toEqual(expected)
    expect(skipped).toContainEqual({
      line: 20, command: 'add lb vserver',
      reason: expect.stringContaining('an LB vserver of Weir has no address') as string
    })
    expect(skipped).toContainEqual({ line: 26, command: 'bind lb vserver', reason: "'web_lb' was skipped in line 20" })
    expect(skipped).toContainEqual({
      line: 5, command: 'enable ns feature REWRITE', reason: 'Weir has no such feature'
    })
    expect(skipped.filter(({ line }) => line === 17).map(({ command }) => command)).toContain('add service -usip')
    for (const { command, reason } of skipped) {
      expect(reason).not.toBe('')
      expect(command).not.toMatch(/1a2b3c4d5e6f|8a7b474124957776/)
    }
  })

  test('no persistence that Weir has by another name', async () => {
    await run(...setUp)
    const { skipped } = await run(
      'add lb vserver p USER_TCP 0.0.0.0 0 -persistenceType COOKIEINSERT -persistenceBackup SOURCEIP ' +
        '-cookieName at -v6persistmasklen 64',
      'add lb vserver q USER_TCP -persistenceType SOURCEIP -persistenceBackup NONE',
      'add lb vserver r USER_TCP -persistenceType RULE'
    )
    expect(skipped).toMatchObject([
      { line: 2, command: 'add lb vserver -persistenceBackup' }, { line: 3, command: 'add lb vserver -persistenceType' }
    ])
    expect(weir.lbVservers.require('p').value.persistence).toMatchObject({
      type: 'cookie', secondary: 'source-ip', cookie: { name: 'at' }, sourceIp: { ipv4Prefix: 32, ipv6Prefix: 64 }
    })
    expect([
      weir.lbVservers.require('q').value.persistence.type, weir.lbVservers.require('r').value.persistence.type
    ]).toEqual(['source-ip', 'none'])
  })

  test('a type, a method and a persistence that Weir has not', async () => {
    await run(...setUp)
    const { skipped, changes } = await run(
      'add service d 127.0.0.1 DNS 53', 'bind lb vserver lb d',
      'add lb vserver n USER_TCP 0.0.0.0 0 -lbMethod URLHASH -persistenceType URLPASSIVE'
    )
    expect(changes).toBe(1)
    expect(skipped).toMatchObject([
      { line: 1, command: 'add service' }, { line: 2, reason: "'d' was skipped in line 1" },
      { line: 3, command: 'add lb vserver -lbMethod' }, { line: 3, command: 'add lb vserver -persistenceType' }
    ])
    expect(weir.lbVservers.require('n').value).toMatchObject({ method: 'round-robin', persistence: { type: 'none' } })
  })
})
