// The run of commands: what they change.
import { hostname } from 'node:os'
import { beforeAll, describe, expect, test } from 'vitest'
import type { WeirError } from '@weirlb/model'
import type { Weir } from '@weirlb/core'
import { exec } from '@weirlb/netscaler'
import { commandsOf, setUp, startForCommands } from './exec-bench.ts'

let weir: Weir
beforeAll(async () => { weir = await startForCommands() })
const { run, refusal } = commandsOf(() => weir)

describe('commands change the configuration', () => {
  beforeAll(async () => { await run(...setUp) })

  test('in any case, abbreviated, and quoted', async () => {
    await run(
      'SET SERVICE s1 -MAXC 5 -Comment "a \\"b\\" # c" # the limit',
      'se lb vs lb -lbm leastconn -persistencet usersession -timeo 3 ; bi lb vs lb s2 -weight 4'
    )
    expect(weir.services.require('s1').value).toMatchObject({ maxClients: 5, comment: 'a "b" # c' })
    expect(weir.lbVservers.require('lb').value).toMatchObject({
      method: 'least-connection', persistence: { type: 'user-session', timeoutSeconds: 180 },
      services: [{ name: 's1', weight: 1 }, { name: 's2', weight: 4 }]
    })
    await run(
      'unset service s1 -maxClient -comment', 'unset lb vserver lb -lbMethod -timeout', 'bind lb vs lb s2 -weight 7',
      'unbind lb vs lb s1'
    )
    expect(weir.services.require('s1').value).toMatchObject({ maxClients: 0 })
    expect(weir.services.require('s1').value.comment).toBeUndefined()
    expect(weir.lbVservers.require('lb').value).toMatchObject({
      method: 'round-robin', persistence: { type: 'user-session', timeoutSeconds: 120 },
      services: [{ name: 's2', weight: 7 }]
    })
  })

  test('with states and new names', async () => {
    await run(
      'disable service s1', 'rename service s2 two', 'disable lb vs lb', 'enable user vs v', 'rename lb vs lb brokers'
    )
    expect(weir.services.require('s1').value.state).toBe('disabled')
    expect(weir.lbVservers.require('brokers').value).toMatchObject({ state: 'disabled', services: [{ name: 'two' }] })
    expect(weir.userVservers.require('v').value).toMatchObject({ state: 'enabled', defaultLb: 'brokers' })
    await run(
      'rename service two s2', 'rename lb vserver brokers lb', 'enable lb vserver lb', 'enable server 127.0.0.1',
      'disable user vserver v'
    )
    expect(weir.services.require('s1').value.state).toBe('enabled')
  })

  test('with options for fields that NetScaler has not', async () => {
    await run(
      'set user vs v -limits.idleTimeoutSeconds 60 -allowFrom 127.0.0.0/8,::1 ' +
        '-params "maxPacketBytes=4096 inspect=messages"',
      'set service s1 -connectTimeoutSeconds 1.5'
    )
    expect(weir.userVservers.require('v').value).toMatchObject({
      limits: { idleTimeoutSeconds: 60 }, allowFrom: ['127.0.0.0/8', '::1'],
      params: { maxPacketBytes: 4096, inspect: 'messages' }
    })
    expect(weir.services.require('s1').value.connectTimeoutSeconds).toBe(1.5)
  })

  test('with monitors, and servers by name', async () => {
    await run(
      'add lb monitor ready HTTP -httpRequest "HEAD /ready" -respCode 200,204 -interval 10 -retries 2',
      'bind service s1 -monitorName ready -weight 3', 'add server broker 127.0.0.9', 'add service s9 broker USER_TCP 9',
      'add glb names -match.hosts "a.example,*.b.example" -pools \'[{"name":"lb"}]\''
    )
    expect(weir.monitors.require('ready').value).toMatchObject({
      type: 'http', method: 'HEAD', path: '/ready', expectedCodes: ['200', '204'], intervalSeconds: 10, downAfter: 2
    })
    expect(weir.services.require('s1').value.monitors).toEqual([{ type: 'named', name: 'ready', weight: 3 }])
    expect(weir.services.require('s9').value.address).toBe('127.0.0.9')
    expect(weir.glbs.require('names').value.match).toEqual({ hosts: ['a.example', '*.b.example'] })
    await run('unbind service s1 -monitorName ready', 'rm lb monitor ready', 'rm service s9', 'rm glb names')
    expect(weir.services.require('s1').value.monitors).toMatchObject([{ type: 'tcp' }])
  })

  test('with policies of content switching, which are GLBs', async () => {
    await run(
      'add user protocol WEB -transport HTTP', 'add service h 127.0.0.1 HTTP 80', 'add lb vserver web_lb HTTP',
      'bind lb vserver web_lb h', 'add user vserver w WEB 127.0.0.1 0 -defaultLB web_lb -state DISABLED'
    )
    const { skipped } = await run(
      'add cs vserver web HTTP 127.0.0.1 80',
      'add cs policy api -rule "HTTP.REQ.HOSTNAME.EQ(\\"API.example\\") && HTTP.REQ.URL.STARTSWITH(\\"/v1/\\")"',
      'add cs policy any -domain *.example -targetLBVserver web_lb',
      'add cs policy odd -rule "CLIENT.IP.SRC.EQ(127.0.0.1)"',
      'add cs policy lost -domain lost.example',
      'bind cs vserver w -policyName api -targetLBVserver web_lb -priority 10',
      'bind cs vserver w -policyName any',
      'bind cs vserver w -policyName odd -targetLBVserver web_lb',
      'bind cs vserver web -policyName any'
    )
    expect(weir.glbs.list().map(({ name, match, pools }) => [name, match, pools.map(({ name }) => name)])).toEqual([
      ['any', { hosts: ['*.example'] }, ['web_lb']], ['api', { hosts: ['api.example'], path: '/v1' }, ['web_lb']]
    ])
    expect(weir.userVservers.require('w').value.glbs).toEqual(['api', 'any'])
    expect(skipped.map(({ line, command }) => [line, command])).toEqual([
      [1, 'add cs vserver'], [4, 'add cs policy -rule'], [4, 'add cs policy odd'], [5, 'add cs policy lost'],
      [6, 'bind cs vserver -priority'], [8, 'bind cs vserver -policyName'], [9, 'bind cs vserver']
    ])
    await run(
      'unbind cs vserver w -policyName api', 'unbind cs vserver w -policyName any', 'rm cs policy api', 'rm glb any',
      'rm user vserver w', 'rm lb vserver web_lb', 'rm service h', 'rm user protocol WEB'
    )
    expect((await refusal(
      'add cs policy p -domain a.example', 'bind cs vserver v -policyName p'
    )).issues[0]).toMatchObject({
      line: 2, message: expect.stringContaining('-targetLBVserver <LB vserver> is missing') as string
    })
  })

  test('with service groups and their servers', async () => {
    await run(
      'add server third 127.0.0.3', 'add serviceGroup g USER_TCP -maxClient 9',
      'bind serviceGroup g 127.0.0.1 1883 -weight 2', 'bind serviceGroup g third 1883', 'add lb vserver glb1 USER_TCP',
      'bind lb vserver glb1 g'
    )
    expect(weir.serviceGroups.require('g').value).toMatchObject({
      maxClients: 9,
      members: [{ address: '127.0.0.1', port: 1883, weight: 2 }, { address: '127.0.0.3', port: 1883, weight: 1 }]
    })
    await run('add lb monitor ready TCP', 'bind serviceGroup g -monitorName ready -weight 3')
    expect(weir.serviceGroups.require('g').value.monitors).toEqual([{ type: 'named', name: 'ready', weight: 3 }])
    await run('bind serviceGroup g -monitorName ready -weight 4')
    expect(weir.serviceGroups.require('g').value.monitors).toEqual([{ type: 'named', name: 'ready', weight: 4 }])
    expect((await refusal('bind serviceGroup g 127.0.0.1 1884 -monitorName ready')).message).toContain(
      '-monitorName and IP cannot be given together'
    )
    expect((await refusal('bind serviceGroup g 127.0.0.1')).message).toContain(
      'expected <IP> <port> of a server, or -monitorName <monitorName>'
    )
    await run('unbind serviceGroup g -monitorName ready')
    expect(weir.serviceGroups.require('g').value.monitors).toMatchObject([{ type: 'tcp' }])
    await run('unbind serviceGroup g 127.0.0.1 1883')
    expect((await refusal('unbind serviceGroup g 127.0.0.1 1883')).message).toMatch(
      /is not in service group 'g'; there are: 127.0.0.3:1883/
    )
    expect((await run('show lb vserver glb1', 'show serviceGroup')).results.map(({ text }) => text).join('')).toMatch(
      /No. of Bound Services: 1 \(Total\)[^]*g - USER_TCP\n\tState: (UP|UNKNOWN|DOWN)/
    )
    await run('rm lb vserver glb1', 'rm serviceGroup g')
  })

  test('later, as a job, where a service is disabled with a delay', async () => {
    const { results } = await run(
      'add service late 127.0.0.1 USER_TCP 7', 'disable service late 3600', 'show service late'
    )
    expect(results.map(({ data }) => data)).toMatchObject([
      { name: 'late', state: 'sessions-only' }, { name: 'late', status: { value: expect.any(String) as string } }
    ])
    expect(results[1]!.text).toMatch(/Time since last state change: 0 days, 00:0\d:\d\d\n/)
    await run('enable service late', 'rm service late')
  })

  test('with many bindings as one, whose fault has its line', async () => {
    await run(
      ...Array.from({ length: 300 }, (_, i) => `add service m${i} 127.0.0.1 USER_TCP ${i + 1} -healthMonitor NO`),
      'add lb vserver many USER_TCP',
      ...Array.from({ length: 300 }, (_, i) => `bind lb vserver many m${i} -weight ${i % 100 + 1}`)
    )
    expect(weir.lbVservers.require('many').value.services.map(({ weight }) => weight)).toEqual(Array.from(
      { length: 300 }, (_, i) => i % 100 + 1
    ))
    await run('unbind lb vserver many m0', 'unbind lb vserver many m1')
    expect(await refusal('bind lb vserver many m0', 'bind lb vserver many m1 -weight 101')).toMatchObject({
      code: 'config-invalid', issues: [{ line: 2, message: expect.stringContaining('at most 100; got 101') as string }]
    })
    expect(await refusal('bind lb vserver many m0', 'bind lb vserver many m2')).toMatchObject({
      code: 'name-taken', issues: [{ line: 2 }]
    })
    expect(await refusal('bind lb vserver none m0', 'bind lb vserver none m1')).toMatchObject({
      code: 'not-found', issues: [{ line: 1, column: 17 }]
    })
    await run('rm lb vserver many', ...Array.from({ length: 300 }, (_, i) => `rm service m${i}`))
  })

  test('or show what a file would change', async () => {
    const file = [
      ...setUp.slice(1).filter(line => !line.startsWith('add service s2')), 'add service s3 127.0.0.1 USER_TCP 3'
    ].join('\n')
    const { etag } = weir.config.get()
    const { results } = await exec(weir, { commands: 'diff ns config other.conf', files: { 'other.conf': file } })
    expect(results[0]!.text).toMatch(/^- add service s2 127\.0\.0\.1 USER_TCP 2$/m)
    expect(results[0]!.text).toMatch(/^\+ add service s3 127\.0\.0\.1 USER_TCP 3$/m)
    expect(weir.config.get().etag).toBe(etag)
    expect(await exec(
      weir, { commands: 'diff ns config x', files: { x: 'add service' } }
    ).catch((error: unknown) => error)).toMatchObject({ code: 'command-invalid' })
    expect((await refusal('diff ns config y')).message).toMatch(/no file 'y' was sent/)
  })

  test('and trace extensions, which is no part of it', async () => {
    const { etag } = weir.config.get()
    expect((await run(
      'set ns extension mqtt -trace calls', 'show ns extension mqtt'
    )).results.map(({ text }) => text).join('')).toMatch(/mqtt: trace calls[^]*Trace: calls/)
    expect((await run('set ns extension mqtt -trace off')).results[0]!.data).toEqual({ name: 'mqtt', level: 'off' })
    expect((await refusal('set ns extension mqtt -trace calls -comment x')).message).toMatch(
      /-trace is given with -comment/
    )
    expect(weir.config.get().etag).toBe(etag)
  })

  test('and show the whole', async () => {
    const { results, changes } = await run(
      'show ns version', 'sh ns feature', 'sh ns hostname', 'save ns config', 'sh ns config', 'show runningConfig',
      'count service', 'sh service s1', 'sh server', 'stat service'
    )
    expect(changes).toBe(0)
    expect(results.map(({ data }) => data)).toMatchObject([
      { version: expect.any(String) as string }, [
        { acronym: 'LB', status: 'ON' }, {}, {}, {}
      ], { hostname: hostname() }, { revision: expect.any(Number) as number }, { services: 2, userVservers: 1 },
      { commands: expect.stringContaining('add service s1 127.0.0.1 USER_TCP 1') as string }, { count: 2 }, {
        name: 's1', status: { value: expect.any(String) as string }
      }, [{ address: '127.0.0.1', services: ['s1', 's2'] }], [{ name: 's1', port: 1 }, { name: 's2' }]
    ])
  })

  test('as one revision, which other writers come before or after', async () => {
    const { etag } = weir.config.get()
    await run('set service s1 -maxClient 1')
    const late = await exec(
      weir, { commands: 'set service s1 -maxClient 2', ifMatch: etag }
    ).catch((error: unknown) => error as WeirError)
    expect(late).toMatchObject({ code: 'precondition-failed' })
    expect(weir.services.require('s1').value.maxClients).toBe(1)
    const outcomes = await Promise.allSettled([3, 4].map(async count => await exec(
      weir, { commands: `set service s1 -maxClient ${count}`, ifMatch: weir.config.get().etag }
    )))
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})
