// `weir check FILE`: every fault with its line and column, and what a file would do to a running Weir.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { weirBin } from '../support/bundled.ts'
import { WeirProcess } from '../support/weir-process.ts'
import { Client, Farm } from './farm.ts'

let directory: string
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'weir-check-')) })
afterAll(() => { rmSync(directory, { recursive: true }) })

const file = (name: string, content: string): void => { writeFileSync(join(directory, name), content) }

/** Run `weir check` in the folder of the files. */
const check = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {}
): Promise<{ code: number, out: string, err: string }> =>
  await new Promise(resolve => {
    execFile(
      process.execPath,
      [weirBin, 'check', ...args],
      { cwd: directory, env: { ...process.env, ...env } },
      (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code), out, err })
      }
    )
  })

const valid = `extensions:
  - name: lines
    source: file:lines.ts
userProtocols:
  - { name: LINES, transport: tcp, extension: lines }
services:
  - { name: s, address: "\${HOST}", port: 7 }
lbVservers:
  - { name: lb, services: [{ name: s }] }
userVservers:
  - { name: v, protocol: LINES, address: 127.0.0.1, port: 0, defaultLb: lb }
`
const lines = `import { defineProtocol, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'lines',
  api: 1,
  balance: 'per-connection',
  client: { framing: frame.lines({ max: 100 }), onMessage: () => forward() }
})
`

describe('without a Weir', () => {
  test('a valid file is valid, its extensions included', async () => {
    file('lines.ts', lines)
    file('weir.yaml', valid)
    expect(await check(['weir.yaml', '--alone'], { HOST: '127.0.0.1' })).toEqual({
      code: 0,
      out: 'weir.yaml is valid. It was compared with no running Weir\n',
      err: ''
    })
  })

  test('every fault has its line and column, and the exit status is 1', async () => {
    file('bad.yaml', `services:
  - name: a
    address: 127.0.0.1
    port: 70000
  - name: b
    adress: 127.0.0.1
    port: 2
certkeys:
  - name: c
    psk: "\${KEY}"
`)
    const { code, out, err } = await check(['bad.yaml', '--alone'], { KEY: 'a secret that is no key' })
    expect([code, out]).toEqual([1, ''])
    expect(err.split('\n').map(line => line.replace(/; there are: .*/, ''))).toEqual([
      "bad.yaml:6:5: services[1]: unknown field 'adress'",
      'bad.yaml:4:11: services[0].port: must be at most 65535; got 70000',
      'bad.yaml:5:5: services[1].address: is missing; expected string',
      ''
    ])

    file('keys.yaml', 'certkeys:\n  - name: c\n    psk: "${KEY}"\n')
    const keys = await check(['keys.yaml', '--alone', '--json'], { KEY: 'a secret that is no key' })
    expect(keys).toMatchObject({ code: 1, err: '' })
    expect(JSON.parse(keys.out)).toMatchObject({ file: 'keys.yaml', ok: false, issues: [{ line: 3, column: 10 }] })
    expect(keys.out).not.toContain('a secret')
  })

  test('a fault in the code of an extension has the place in the file and in the code', async () => {
    file('wrong.ts', lines.replace('forward()', 'forwards()'))
    file('weir.yaml', valid.replace('lines.ts', 'wrong.ts'))
    const { code, err } = await check(['weir.yaml', '--alone'], { HOST: '127.0.0.1' })
    expect(code).toBe(1)
    expect(err).toMatch(/^weir\.yaml:3:13: extensions\[0\]\.source: .*wrong\.ts:6:\d+.*forwards/)
    file('wrong.ts', lines.replace('api: 1', 'api: 9'))
    expect((await check(['weir.yaml', '--alone'], { HOST: '127.0.0.1' })).err).toMatch(
      /^weir\.yaml:3:13: extensions\[0\]\.source: wrong\.ts:\d+:\d+: api: .*9/
    )
  })

  test.each<[string[], number, string]>([
    [[], 2, 'weir check needs the FILE'],
    [['a', 'b'], 2, "one file is enough: 'a', and what is 'b'?"],
    [['a', '--apo', 'x'], 2, "unknown option '--apo'; there are: --api URL, --alone, --json"],
    [['a', '--alone', '--api', 'http://127.0.0.1:1'], 2, '--alone asks no Weir'],
    [['absent.yaml'], 1, "cannot read the configuration file 'absent.yaml' (ENOENT)"]
  ])('%j ends with %i', async (args, code, words) => {
    const done = await check(args)
    expect([done.code, done.err]).toEqual([code, expect.stringContaining(words)])
  })

  test('a Weir that is named has to answer', async () => {
    file('empty.json', '{}')
    expect(await check(['empty.json', '--api', 'http://127.0.0.1:1'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no Weir answers on http://127.0.0.1:1') as string
    })
  })
})

test('with a Weir it says what would start, change, drain and stop, and changes nothing', async () => {
  const farm = await Farm.start('red', 'blue', 'green')
  const config = farm.config()
  const weir = await WeirProcess.start({ workers: 1 })
  try {
    await weir.api.call('replaceConfig', { body: config as never })
    const client = await Client.connect(await weir.api.port('v'), 'ann')
    const running = (await weir.api.call('getConfig')).body
    const [lb] = config.lbVservers!
    const rest = config.services!.filter(({ name }) => name !== client.server)
    file('next.json', JSON.stringify({
      ...config,
      services: [{ ...rest[0]!, state: 'draining' }, rest[1], { ...rest[0]!, name: 'new' }],
      lbVservers: [{ ...lb!, services: lb!.services!.filter(({ name }) => name !== client.server) }]
    }))
    const api = weir.api.base
    const shown = await check(['next.json', '--api', api])
    expect(shown).toEqual({
      code: 0, err: '',
      out: `next.json is valid. Compared with revision 1 of ${api} it would:\n` + [
        ['stop', `service '${client.server}'`, '1 connection ends'], ['drain', `service '${rest[0]!.name}'`, '0 connections may stay'], ['change', "LB vserver 'lb'", 'services'], ['start', "service 'new'", '']
      ].map(([action, name, remark]) => `  ${action!.padEnd(6)}  ${name!.padEnd(Math.max(15, `service '${client.server}'`.length, `service '${rest[0]!.name}'`.length))}  ${remark}`.trimEnd()).join('\n') + '\n'
    })
    expect(JSON.parse((await check(['next.json', '--api', api, '--json'])).out)).toMatchObject({
      ok: true,
      api,
      revision: 1,
      changes: expect.arrayContaining([{
        action: 'stop',
        collection: 'services',
        name: client.server,
        connections: 1
      }]) as unknown
    })
    file('same.json', JSON.stringify(running))
    expect((await check(['same.json', '--api', api])).out).toBe(
      `same.json is valid, and is what runs: revision 1 of ${api}\n`
    )
    file('refused.json', JSON.stringify({ ...config, lbVservers: [{ ...lb!, backup: 'nobody' }] }, null, 2))
    expect(await check(['refused.json', '--api', api])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^refused\.json:\d+:17: lbVservers\[0\]\.backup: no LB vserver 'nobody'/) as string
    })
    expect((await weir.api.call('getConfig')).body).toEqual(running)
    expect(await client.say('still?')).toBe(`${client.server}: still?`)
  } finally {
    await weir.stop()
    farm.close()
  }
})
