// A newcomer makes the usual mistakes, reads of them with line and column, mends them, and a client is served: by the command, over REST, and with the library.
import { createWeir } from '@weirlb/core'
import { ApiError } from '@weirlb/admin/client'
import { expect, test } from 'vitest'
import { excerpt } from '../../scripts/docs/regions.ts'
import { TestClient, TestServer } from '../support/engine-bench.ts'
import { Newcomer } from '../support/newcomer.ts'

const WRONG = excerpt('test/author/fixtures/mistakes.txt#source')
const RIGHT = WRONG
  .replace('async onMessage', 'onMessage')
  .replace("Buffer.from('ERR\\n')", "encodeUtf8('ERR\\n')")
  .replace("'hello.nam'", "'hello.name'")
  .replace('token: name.length', 'token: name')
  .replace('{ defineProtocol, forward', '{ defineProtocol, encodeUtf8, forward')
const [COMMAND = '', ...SAID] = excerpt('test/author/fixtures/mistakes.txt#output').split('\n')
const PLACES = [['hello.ts', 10, 11], ['hello.ts', 12, 49], ['hello.ts', 13, 15], ['hello.ts', 14, 24]]
const named = (source: string): string => `${source}//# sourceURL=hello.ts\n`

/** Code, and places with their words, of a refusal. */
const refusal = async (asked: Promise<unknown>): Promise<readonly [string, readonly (readonly unknown[])[]]> => {
  const error = await asked.then(() => undefined, (error: unknown) => error as { code: string, issues?: readonly { path: string, file?: string, line?: number, column?: number, message: string }[], problem?: { issues: readonly { file?: string, line?: number, column?: number }[] } })
  if (error === undefined) throw new Error('it was taken')
  return [error.code, (error instanceof ApiError ? error.problem!.issues : error.issues!).map(({ file, line, column }) => [file, line, column])]
}

test('every mistake has a place and words, by command and REST; mended, the protocol serves a client', async () => {
  const newcomer = await Newcomer.begin()
  const { weir: { api } } = newcomer
  await newcomer.writes('hello.ts', WRONG)
  expect(COMMAND).toBe('$ npx weir extension validate hello.ts')
  for (const args of [['validate', 'hello.ts'], ['push', 'hello.ts', '--name', 'hello', '--api', api.base]]) {
    expect(await newcomer.runs(...args)).toEqual({ status: 1, out: '', err: SAID.join('\n') })
  }

  const source = named(WRONG)
  expect(await refusal(api.call('validateExtension', { body: { source } }))).toEqual(['extension-types', PLACES])
  expect(await refusal(api.call('createExtension', { body: { name: 'hello', source } }))).toEqual(['extension-types', PLACES])
  expect(await refusal(api.call('runTransaction', { body: { changes: [{ action: 'create', collection: 'extensions', value: { name: 'hello', source } }] } }))).toEqual(['extension-types', PLACES])
  expect((await api.call('listExtensions', {})).body.items).toEqual([])

  await newcomer.writes('hello.ts', RIGHT)
  expect(await newcomer.runs('validate', 'hello.ts')).toEqual({ status: 0, err: '', out: "valid: 'hello', balance 'per-connection', client frames (delimiter)\n" })
  await newcomer.pushes('hello.ts', 'hello')
  const server = await TestServer.listen(line => `welcome ${line.toString()}`)
  const client = new TestClient(await newcomer.serves('hello', [server.port]))
  client.socket.write('ann\n')
  await client.gets('welcome ann')
  expect((await api.call('listConnections', {})).body.items).toMatchObject([{ fields: { 'hello.name': 'ann' } }])

  // A new version is checked, too; the one that runs stays.
  expect(await refusal(api.call('patchExtension', { path: { name: 'hello' }, body: { source } }))).toEqual(['extension-types', PLACES])
  expect((await api.call('getExtension', { path: { name: 'hello' } })).body).toMatchObject({ source: named(RIGHT), check: 'types', status: { value: 'up' } })
})

test('with check off the same is taken; what runs and what is restored is not checked again', async () => {
  const { weir: { api } } = await Newcomer.begin()
  const source = named(WRONG)
  expect((await api.call('validateExtension', { body: { source, check: 'off' } })).body).toMatchObject({ name: 'hello' })
  await api.call('createExtension', { body: { name: 'hello', source, check: 'off' } })
  await api.call('patchExtension', { path: { name: 'hello' }, body: { comment: 'still off' } })
  // Checks begin with the code that runs.
  expect(await refusal(api.call('patchExtension', { path: { name: 'hello' }, body: { check: 'types' } }))).toEqual(['extension-types', PLACES])
  await api.call('patchExtension', { path: { name: 'hello' }, body: { check: 'types', source: named(RIGHT) } })
  await api.call('rollbackExtension', { path: { name: 'hello' } })
  await api.call('patchExtension', { path: { name: 'hello' }, body: { comment: 'restored' } })
  expect((await api.call('getExtension', { path: { name: 'hello' } })).body).toMatchObject({ source, check: 'types' })
})

test('the library refuses and takes the same, also as a whole configuration', async () => {
  const weir = createWeir({ workers: 1 })
  await weir.start()
  try {
    const source = named(WRONG)
    expect(await refusal(weir.extensions.create({ name: 'hello', source }))).toEqual(['extension-types', PLACES])
    expect(await refusal(weir.extensions.validate(source))).toEqual(['extension-types', PLACES])
    expect(await refusal(weir.config.replace({ extensions: [{ name: 'hello', source }] }))).toEqual(['extension-types', PLACES])
    expect(await refusal(weir.config.check({ extensions: [{ name: 'hello', source }] }))).toEqual(['extension-types', PLACES])
    await weir.extensions.create({ name: 'hello', source: named(RIGHT) })
    expect(weir.extensions.require('hello').value.check).toBe('types')
  } finally {
    await weir.stop({ graceMs: 0 })
  }
})
