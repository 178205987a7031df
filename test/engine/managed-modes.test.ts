// The modes of managed checks, on the group `tls`: it is looked at in TLS hellos, and in requests where these are
// challenged.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { certificateFor, type Certificate } from '../support/certificate.ts'
import { atEnd, startEngine, type EngineBench } from '../support/engine-bench.ts'
import { web } from '../support/http-bench.ts'

type Check = NonNullable<ConfigInput['managedChecks']>[number]

let edge: Certificate
beforeAll(async () => { edge = await certificateFor('edge.test') })

let bench: EngineBench
beforeEach(async () => {
  const { port } = await web((_, response) => { response.end('served') })
  bench = await startEngine({
    extensions: [],
    userProtocols: [{ name: 'WEB', transport: 'https' }],
    certkeys: [{ name: 'edge', ...edge }],
    services: [{ name: 'w', type: 'HTTP', address: '127.0.0.1', port, monitors: [] }],
    lbVservers: [{ name: 'web', type: 'HTTP', services: [{ name: 'w' }] }],
    userVservers: [{
      name: 'v',
      protocol: 'WEB',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'web',
      certificates: ['edge']
    }]
  })
})
const check = async (more: Partial<Check> = {}): Promise<void> => {
  await bench.apply({ managedChecks: [{ name: 'edge', group: 'tls', ...more }] })
}

/** Status of a request on a connection of its own, or the error of its handshake. */
const ask = async (servername: string, headers: Readonly<Record<string, string>> = {}): Promise<number | string> => {
  const request = httpsRequest({
    port: bench.port('v'),
    host: '127.0.0.1',
    servername,
    rejectUnauthorized: false,
    agent: false,
    headers: { host: 'edge.test', ...headers }
  })
  request.end()
  try {
    const [response] = await once(request, 'response') as [IncomingMessage]
    await text(response)
    return response.statusCode!
  } catch (error) { return /alert access denied/.test(String(error)) ? DENIED : String(error) }
}
const DENIED = 'an alert'
const stats = (id: string): object | undefined => bench.engine.stats().rules[`edge/${id}`]

describe('a client without a server name', () => {
  test.each<readonly [Partial<Check>, number | string, object | undefined, readonly object[]]>([
    [{}, 200, { matched: 1, blocked: 0 }, [{ action: 'block', simulated: true, phase: 'tls-hello' }]],
    [{ mode: 'on' }, 200, { matched: 1, blocked: 0 }, [{ action: 'block', simulated: true }]],
    [{ mode: 'simulate' }, 200, { matched: 1, blocked: 0 }, [{ action: 'block', simulated: true }]],
    [{ mode: 'block' }, DENIED, { matched: 1, blocked: 1 }, [{
      action: 'block',
      simulated: false,
      phase: 'tls-hello'
    }]],
    [{ mode: 'challenge' }, 403, { matched: 1, blocked: 0, challenged: 1 }, [{
      action: 'challenge',
      simulated: false,
      phase: 'request'
    }]],
    [{ mode: 'off' }, 200, undefined, []],
    [{ mode: 'block', rules: { T001: 'off' } }, 200, undefined, []],
    [{ mode: 'block', rules: { T001: 'on' } }, 200, { matched: 1, blocked: 0 }, [{ simulated: true }]],
    [{ mode: 'block', rules: { T001: 'default' } }, DENIED, { matched: 1, blocked: 1 }, [{ simulated: false }]],
    [{ mode: 'off', rules: { T001: 'block' } }, DENIED, { matched: 1, blocked: 1 }, [{ simulated: false }]],
    [{ mode: 'block', state: 'disabled' }, 200, undefined, []],
    [{ mode: 'block', vservers: ['v'] }, DENIED, { matched: 1, blocked: 1 }, [{ simulated: false }]]
  ])('meets %j with %s', async (more, result, counted, decided) => {
    await check(more)
    expect(await ask('edge.test')).toBe(200)
    expect(await ask('')).toBe(result)
    const shown = stats('T001')
    if (counted === undefined) expect(shown).toBeUndefined()
    else expect(shown).toMatchObject(counted)
    await until(() => bench.decisions.length >= decided.length, 'the decisions')
    expect(bench.decisions).toMatchObject(
      decided.map(each => ({
        kind: 'managed-check',
        name: 'edge/T001',
        detail: { found: 'No server name.', source: 'RFC 6066 §3' },
        ...each
      }))
    )
  })
})

test('a Host of another name than the handshake is refused, and one of the same is not, however it is written', async () => {
  await check()
  expect(await ask('edge.test', { host: 'EDGE.test.:443' })).toBe(200)
  expect(await ask('edge.test', { host: 'hidden.test' })).toBe(403)
  expect(stats('T002')).toMatchObject({ matched: 1, blocked: 1 })
})

test('a change of modes applies to connections that exist, and counters go on', async () => {
  await check({ rules: { T002: 'simulate' } })
  const socket = connect({
    port: bench.port('v'),
    host: '127.0.0.1',
    servername: 'edge.test',
    rejectUnauthorized: false
  })
  atEnd(() => {
    socket.destroy()
  })
  let got = ''
  socket.setEncoding('latin1').on('data', (data: string) => { got += data })
  await once(socket, 'secureConnect')
  socket.write('GET / HTTP/1.1\r\nHost: hidden.test\r\n\r\n')
  await until(() => got.startsWith('HTTP/1.1 200 ') && got.includes('served'), 'the response')
  await check({ rules: { T002: 'block' } })
  got = ''
  socket.write('GET / HTTP/1.1\r\nHost: hidden.test\r\n\r\n')
  await until(() => got.startsWith('HTTP/1.1 403 '), 'the refusal')
  expect(stats('T002')).toMatchObject({ matched: 2, blocked: 1 })
  await bench.apply({ managedChecks: [] })
  expect(bench.engine.stats().rules).toEqual({})
})
