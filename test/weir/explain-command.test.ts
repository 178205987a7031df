import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adminPlugin } from '@weirlb/admin'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { createWeir } from 'weirlb'
import { weirBin } from '../support/bundled.ts'
import { Farm } from './farm.ts'

const run = async (...args: readonly string[]): Promise<{ status: number, out: string, err: string }> =>
  await new Promise(resolve => {
    execFile(process.execPath, [weirBin, 'explain', ...args], (error, out, err) => {
      resolve({ status: error === null ? 0 : Number(error.code), out, err })
    })
  })

test('weir explain asks a running Weir, and says what is wrong with the question', async () => {
  const farm = await Farm.start('red')
  const weir = createWeir({ workers: 0, log: { level: 'silent' }, config: farm.config() })
  await weir.start()
  const app = Fastify({ forceCloseConnections: true })
  await app.register(adminPlugin, { weir })
  const api = await app.listen({ host: '127.0.0.1', port: 0 })
  const directory = await mkdtemp(join(tmpdir(), 'weir-explain-'))
  const file = join(directory, 'hello.hex')
  const hex = Buffer.from('HELLO ann\n').toString('hex')
  await writeFile(file, `${hex.slice(0, 10)}\n${hex.slice(10)}\n`)
  for (const bytes of [hex, file]) {
    const { status, out } = await run('v', '--bytes', bytes, '--api', api)
    expect(status).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ userVserver: 'v', outcome: { becomes: 'tunnel', service: 'red' } })
  }
  const client = { address: '192.0.2.7', serverName: 'a.example', http: { path: '/mqtt?token=1', headers: { Origin: 'https://app.example' } } }
  expect(JSON.parse((await run('v', '--bytes', hex, '--client', JSON.stringify(client), '--api', api)).out)).toMatchObject({ outcome: { becomes: 'tunnel' } })
  expect(await run('v', '--bytes', hex, '--client', '{', '--api', api)).toMatchObject({ status: 2, err: expect.stringContaining('--client takes JSON') as string })
  expect(await run('v', '--bytes', hex, '--client', '{"http":{"method":"GET"}}', '--api', api)).toMatchObject({ status: 1, err: expect.stringContaining('client.http') as string })
  expect(await run('v', '--bytes', 'HELLO', '--api', api)).toMatchObject({ status: 1, err: expect.stringContaining("bytes: expected hex digits, got 'H' at position 0") as string })
  expect(JSON.parse((await run('v', '--side', 'request', '--api', api)).out)).toMatchObject({ side: 'request', outcome: { becomes: 'closed', reason: 'http-failed' } })
  expect(await run('v', '--api', api)).toMatchObject({ status: 2, err: expect.stringContaining('weir explain needs --bytes') as string })
  expect(await run('--bytes', '00')).toMatchObject({ status: 2, err: expect.stringContaining('weir explain needs the VSERVER') as string })
  await app.close()
  await weir.stop({ graceMs: 200 })
  farm.close()
  await rm(directory, { recursive: true })
})
