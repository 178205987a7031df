// SIGHUP reads again what `weir serve` was started with, as a change of a watched file does, and ends nothing.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connect } from 'node:tls'
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Api } from '../support/api.ts'
import { certificateFor } from '../support/certificate.ts'
import { weirBin } from '../support/bundled.ts'
import { Client, Farm, serverOf } from './farm.ts'


let farm: Farm
let directory: string
beforeAll(async () => {
  farm = await Farm.start('red', 'blue')
  directory = mkdtempSync(join(tmpdir(), 'weir-reload-'))
})
afterAll(() => {
  farm.close()
  rmSync(directory, { recursive: true })
})

const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

interface Line {
  readonly level: number
  readonly msg: string
  readonly error?: string
  readonly changed?: boolean
  readonly certkey?: string
  readonly revision?: number
}

/** `weir serve` that begins; it ends with the test. */
const begin = (...args: string[]) => {
  const child = spawn(process.execPath, [weirBin, 'serve', '--admin', '127.0.0.1:0', '--grace', '1', ...args], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  children.push(child)
  return child
}

/** `weir serve` that is ready. */
const serve = async (...args: string[]) => {
  const child = begin(...args)
  const lines: Line[] = []
  let text = ''
  createInterface(child.stderr).on('line', line => {
    text += `${line}\n`
    lines.push(JSON.parse(line) as Line)
  })
  const [ready] = await once(createInterface(child.stdout), 'line') as [string]
  const { admin } = JSON.parse(ready) as { admin: string }
  const fetched = async (path: string, token?: string): Promise<Response> =>
    await fetch(`${admin}/v1/${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })
  const api = new Api(admin)
  /** Reload, and the lines that say what became of it, each beginning with one of `words`. */
  const reload = async (...words: string[]): Promise<Line[]> => {
    const from = lines.length
    child.kill('SIGHUP')
    return await Promise.all(
      words.map(async word => await until(() => lines.slice(from).find(({ msg }) => msg.startsWith(word)), word))
    )
  }
  return { child, fetched, api, port: async (name: string) => await api.port(name), reload, lines, text: () => text }
}

const file = (name: string, content: unknown): string => {
  const path = join(directory, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

/** `weir serve` with a configuration in a file. */
const serveConfig = async (name: string, config: unknown, workers = '1') => {
  const path = file(name, config)
  return { path, weir: await serve('--workers', workers, '--config', path) }
}

test.each(['0', '2'])(
  'with --workers %s the configuration is read again, and clients stay where nothing changed',
  async workers => {
    const config = farm.config()
    const { weir, path } = await serveConfig('weir.json', config, workers)
    const client = await Client.connect(await weir.port('v'), 'ann')
    const before = (await weir.api.call('getHealth')).body.workers

    file(
      'weir.json',
      {
        ...config,
        userVservers: [...config.userVservers!, { ...config.userVservers![0]!, name: 'w' }]
      } satisfies ConfigInput
    )
    expect(await weir.reload('the configuration was reloaded')).toMatchObject([{
      level: 30,
      file: path,
      changed: true,
      revision: 2
    }])
    await serverOf(await weir.port('w'), 'bob')
    expect(await weir.reload('the configuration was reloaded')).toMatchObject([{
      level: 30,
      changed: false,
      revision: 2
    }])
    expect((await weir.api.call('listAudit', {})).body.items).toMatchObject([{
      who: 'reload',
      from: 'process',
      action: 'replace',
      code: 'ok',
      revision: 2,
      changes: [{ collection: 'userVservers', name: 'w', action: 'created' }]
    }])
    expect(await client.say('still there?')).toBe(`${client.server}: still there?`)

  // Workers get it too where a terminal ends.
  for (const { pid } of before) process.kill(pid, 'SIGHUP')
  expect(await client.say('and now?')).toBe(`${client.server}: and now?`)
  expect((await weir.api.call('getHealth')).body.workers).toEqual(before)
})

test('a configuration that cannot be read, or is refused, leaves the running one, and the next is taken', async () => {
  const config = farm.config()
  const { weir, path } = await serveConfig('bad.json', config)
  const running = (await weir.api.call('getConfig')).body
  const refused = async (content: unknown, words: string): Promise<void> => {
    file('bad.json', content)
    expect(await weir.reload('the configuration was not reloaded: the running one stays')).toMatchObject([{
      level: 50,
      error: expect.stringContaining(words) as string
    }])
    expect((await weir.api.call('getConfig')).body).toEqual(running)
  }
  await refused('{"certkeys":[{"key":"SECRET" x]}', 'is not JSON: line 1, column 30')
  await refused({ ...config, lbVservers: [{ name: 'l', services: [{ name: 'nobody' }] }] }, "no service or service group 'nobody'")
  await refused({ ...config, services: [{ name: 's', address: 'h', port: 99_999 }] }, 'services[0].port')
  rmSync(path)
  expect(await weir.reload('the configuration was not reloaded')).toMatchObject([{
    error: `cannot read the configuration file '${path}' (ENOENT)`
  }])
  await serverOf(await weir.port('v'), 'ann')
  expect(weir.text()).not.toContain('SECRET')

  file('bad.json', { lbVservers: [{ name: 'only' }] })
  await weir.reload('the configuration was reloaded')
  expect((await weir.api.call('getConfig')).body).toMatchObject({ lbVservers: [{ name: 'only' }], services: [] })
})

test('certificates that the configuration names by path are read again', async () => {
  const [first, second, other] = [
    await certificateFor('localhost'),
    await certificateFor('localhost'),
    await certificateFor('other.example')
  ]
  const config = farm.config()
  file('cert.pem', first.cert)
  file('key.pem', first.key)
  const { weir } = await serveConfig('tls.json', {
    ...config,
    certkeys: [{ name: 'c', certFile: 'cert.pem', keyFile: join(directory, 'key.pem') }],
    userProtocols: [...config.userProtocols!, { name: 'HELLO_SSL', transport: 'ssl', extension: 'hello' }],
    userVservers: [...config.userVservers!, {
      name: 'tls',
      protocol: 'HELLO_SSL',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      certificates: ['c']
    }]
  })
  const port = await weir.port('tls')
  const served = async (): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { raw } = socket.getPeerCertificate()
    socket.destroy()
    return raw.toString('base64')
  }
  const inPem = ({ cert }: { cert: string }): string => cert.replaceAll(/-----[^-]+-----|\s/g, '')
  expect(await served()).toBe(inPem(first))
  expect((await weir.api.call('getCertkey', { path: { name: 'c' } })).body).toMatchObject({
    certFile: join(directory, 'cert.pem'),
    status: { hasKey: true, certificate: { names: ['localhost'] } }
  })

  file('cert.pem', second.cert)
  file('key.pem', second.key)
  expect(await weir.reload('the files of a certkey changed', 'the configuration was reloaded')).toMatchObject([{
    certkey: 'c'
  }, { changed: false, revision: 1 }])
  expect(await served()).toBe(inPem(second))

  // A pair that does not match, as between the two writes of a renewal.
  file('cert.pem', other.cert)
  await weir.reload('the configuration was reloaded')
  expect((await weir.api.call('getCertkey', { path: { name: 'c' } })).body).toMatchObject({
    status: {
      value: 'stale',
      reason: expect.stringContaining('`keyFile` does not belong to `cert` (CN=other.example)') as string
    }
  })
  rmSync(join(directory, 'key.pem'))
  await weir.reload('the configuration was reloaded')
  expect((await weir.api.call('getCertkey', { path: { name: 'c' } })).body).toMatchObject({
    status: {
      value: 'stale',
      reason: expect.stringContaining(`\`keyFile\` cannot be read: '${join(directory, 'key.pem')}' (ENOENT)`) as string
    }
  })
  expect(await served()).toBe(inPem(second))
  expect(weir.text()).not.toContain('PRIVATE KEY')
})

test('the token is read again from its file', async () => {
  const path = file('token', 'first-secret\n')
  const weir = await serve('--workers', '1', '--token-file', path)
  const status = async (token: string): Promise<number> => (await weir.fetched('health', token)).status
  expect(await status('first-secret')).toBe(200)
  file('token', 'second-secret\n')
  expect(await weir.reload('the token was reloaded')).toMatchObject([{ level: 30, changed: true }])
  expect([await status('first-secret'), await status('second-secret')]).toEqual([401, 200])
  expect(await weir.reload('the token was reloaded')).toMatchObject([{ changed: false }])
  for (const [content, words] of [['', `'${path}' is empty`], ['two secrets', 'printable ASCII']] as const) {
    file('token', content)
    expect(await weir.reload('the token was not reloaded: the present one stays')).toMatchObject([{
      level: 50,
      error: expect.stringContaining(words) as string
    }])
    expect(await status('second-secret')).toBe(200)
  }
  expect(weir.text()).not.toContain('secret')
})

test('with nothing to read, and while it starts and stops, SIGHUP is survived', async () => {
  const child = begin('--workers', '1', '--state', join(directory, 'state'))
  const said: string[] = []
  // The first line of the log is there long before it is ready.
  createInterface(child.stderr).on('line', line => {
    if (said.push(line) === 1) child.kill('SIGHUP')
  })
  await once(createInterface(child.stdout), 'line')
  await until(
    () => said.some(line => line.includes('nothing to reload: there is neither --config nor --token-file')),
    'the outcome'
  )
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  child.kill('SIGHUP')
  expect(await ended).toEqual([0, null])
})

test('--watch reloads a document when it, a secret or the code of an extension changes, and never runs a bad one', async () => {
  const farmConfig = farm.config()
  const [extension] = farmConfig.extensions!
  file('watched.ts', extension!.source!)
  file('psk', 'ann:00112233445566778899aabbccddeeff\n')
  const document = (port: string): string => `# A document.
extensions:
  - name: hello
    source: file:watched.ts
certkeys:
  - name: c
    psk: file:psk
services: ${JSON.stringify(farmConfig.services)}
lbVservers: ${JSON.stringify(farmConfig.lbVservers)}
userProtocols: ${JSON.stringify(farmConfig.userProtocols)}
userVservers:
  - { name: v, protocol: HELLO, address: 127.0.0.1, port: ${port}, defaultLb: lb }
`
  const path = file('first.yaml', document('0'))
  // As a mount of secrets has it: the name is a link, which is replaced.
  const link = join(directory, 'watched.yaml')
  symlinkSync(path, link)
  const weir = await serve('--workers', '1', '--config', link, '--watch')
  const client = await Client.connect(await weir.port('v'), 'ann')
  /** What the log says of the next reload. */
  const told = async (change: () => void): Promise<Line> => {
    const from = weir.lines.length
    change()
    return await until(
      () => weir.lines.slice(from).find(({ msg }) => msg.startsWith('the configuration was')),
      'a reload'
    )
  }
  const replace = (content: string): void => {
    symlinkSync(file(`next-${weir.lines.length}.yaml`, content), `${link}.new`)
    renameSync(`${link}.new`, link)
  }

  expect(
    await told(() => {
      file('watched.ts', `${extension!.source!}\n// Another version.\n`)
    })
  ).toMatchObject({ level: 30, changed: true, revision: 2 })
  expect(
    await told(() => {
      file('psk', 'ann:ffeeddccbbaa99887766554433221100\n')
    })
  ).toMatchObject({ level: 30, changed: true, revision: 3 })
  expect(
    await told(() => {
      replace(document('zero'))
    })
  ).toMatchObject({
    level: 50,
    msg: 'the configuration was not reloaded: the running one stays',
    error: `${link}:12:59: userVservers[0].port: expected number, got "zero"`
  })
  expect(
    await told(() => {
      rmSync(join(directory, 'psk'))
    })
  ).toMatchObject({
    level: 50,
    error: expect.stringContaining(`${link}:7:10: certkeys[0].psk: cannot read the file`) as string
  })
  expect(
    await told(() => {
      file('psk', 'ann:ffeeddccbbaa99887766554433221100')
    })
  ).toMatchObject({ level: 50, error: expect.stringContaining('12:59') as string })
  expect(await client.say('still there?')).toBe(`${client.server}: still there?`)
  expect(
    await told(() => {
      replace(document('0').replace('name: v,', 'name: w,'))
    })
  ).toMatchObject({ level: 30, changed: true, revision: 4 })
  await serverOf(await weir.port('w'), 'bob')
  const revisions = (await weir.api.call('listRevisions', {})).body.items
  expect(revisions.map(({ id, author }) => [id, author])).toEqual(
    [4, 3, 2, 1].map(id => [id, { via: 'config-file', name: link }])
  )
  expect(weir.text() + JSON.stringify(revisions)).not.toMatch(/00112233|ffeeddcc/)
})
