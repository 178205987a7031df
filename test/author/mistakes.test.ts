// A newcomer makes the usual mistakes, reads of them with line and column, mends them, and a client is served: by the
// command, over REST, and with the library.
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
  const error = await asked.then(
    () => undefined,
    (error: unknown) =>
      error as {
        code: string
        issues?: readonly { path: string, file?: string, line?: number, column?: number, message: string }[]
        problem?: { issues: readonly { file?: string, line?: number, column?: number }[] }
      }
  )
  if (error === undefined) throw new Error('it was taken')
  return [
    error.code,
    (error instanceof ApiError ? error.problem!.issues : error.issues!).map((
      { file, line, column }
    ) => [file, line, column])
  ]
}

test('every mistake has a place and words, by command and REST; mended, the protocol serves a client', async () => {
  const newcomer = await Newcomer.begin()
  const { weir: { api } } = newcomer
  await newcomer.writes('hello.ts', WRONG)
  expect(COMMAND).toBe('$ npx weir extension validate hello.ts')
  for (const args of [['validate', 'hello.ts'], ['push', 'hello.ts', '--name', 'hello', '--api', api.base]]) {
    expect(await newcomer.runs(...args)).toEqual({ status: 1, out: '', err: SAID.join('\n') })
  }

  // What the module declares has places, too.
  const refused = RIGHT.replace("'hello.name': 'string'", "'hello.name': 'strin'").replace("'hello',", "'hel lo',")
  await newcomer.writes('hello.ts', refused)
  expect((await newcomer.runs('validate', 'hello.ts')).err).toMatch(
    /^weir: hello\.ts:4:3: name: .* \(and 1 more\) \[extension-invalid\]\n {2}hello\.ts:4:3: .*\n {2}hello\.ts:7:13: fields\.hello\.name: /
  )
  const places = ['extension-invalid', [['hello.ts', 4, 3], ['hello.ts', 7, 13]]]
  const value = { name: 'hello', source: named(refused) }
  expect(await refusal(api.call('validateExtension', { body: { source: value.source } }))).toEqual(places)
  expect(await refusal(api.call('createExtension', { body: value }))).toEqual(places)
  const changes = [{ action: 'create' as const, collection: 'extensions' as const, value }]
  expect(await refusal(api.call('runTransaction', { body: { changes } }))).toEqual(places)
  expect(await refusal(api.call('checkConfig', { body: { extensions: [value] } }))).toEqual(places)

  const source = named(WRONG)
  expect(await refusal(api.call('validateExtension', { body: { source } }))).toEqual(['extension-types', PLACES])
  expect(await refusal(api.call('createExtension', { body: { name: 'hello', source } }))).toEqual([
    'extension-types',
    PLACES
  ])
  expect(
    await refusal(
      api.call('runTransaction', {
        body: { changes: [{ action: 'create', collection: 'extensions', value: { name: 'hello', source } }] }
      })
    )
  ).toEqual(['extension-types', PLACES])
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
  expect(await refusal(api.call('patchExtension', { path: { name: 'hello' }, body: { source } }))).toEqual([
    'extension-types',
    PLACES
  ])
  expect((await api.call('getExtension', { path: { name: 'hello' } })).body).toMatchObject({
    source: named(RIGHT),
    check: 'types',
    status: { value: 'up' }
  })
  for (const body of [{ source: value.source }, { canary: { percent: 10, source: value.source } }])
    expect(await refusal(api.call('patchExtension', { path: { name: 'hello' }, body }))).toEqual(places)
})

test('with check off the same is taken; what runs and what is restored is not checked again', async () => {
  const { weir: { api } } = await Newcomer.begin()
  const source = named(WRONG)
  expect((await api.call('validateExtension', { body: { source, check: 'off' } })).body).toMatchObject({
    name: 'hello'
  })
  await api.call('createExtension', { body: { name: 'hello', source, check: 'off' } })
  await api.call('patchExtension', { path: { name: 'hello' }, body: { comment: 'still off' } })
  // Checks begin with the code that runs.
  expect(await refusal(api.call('patchExtension', { path: { name: 'hello' }, body: { check: 'types' } }))).toEqual([
    'extension-types',
    PLACES
  ])
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
    expect(await refusal(weir.config.replace({ extensions: [{ name: 'hello', source }] }))).toEqual([
      'extension-types',
      PLACES
    ])
    expect(await refusal(weir.config.check({ extensions: [{ name: 'hello', source }] }))).toEqual([
      'extension-types',
      PLACES
    ])
    await weir.extensions.create({ name: 'hello', source: named(RIGHT) })
    expect(weir.extensions.require('hello').value.check).toBe('types')
  } finally {
    await weir.stop({ graceMs: 0 })
  }
})

// What no type shows, or nobody has checked, is found when it runs.
const LATE = `import { defineProtocol, drop, forward, frame, pass, reject } from '@weirlb/sdk'

const results: Readonly<Record<string, (ctx: any) => any>> = {
  token: () => forward({
    token: 5 as any }),
  session: () => forward({ token: 'x', session: null as any }),
  bytes: () => forward({ bytes: 'text' as any }),
  reply: () => reject('no', 'text' as any),
  said: ctx => { ctx.reply('text'); return drop() },
  pinned: ctx => { ctx.pin({}); return drop() },
  field: ctx => { ctx.set('who', 5); return drop() },
  byHand: () => ({ op: 'forward', token: 5 }),
  then: () => forward({ then: 'tunel' as any }),
  nothing: () => undefined,
  promise: async () => forward(),
  stream: () => pass(4)
}

export default defineProtocol({
  name: 'late', api: 1, balance: 'per-connection', fields: { who: 'string' },
  client: {
    framing: frame.lines({ max: 99 }),
    onMessage (line, ctx) {
      return results[line.text().trim()]!(ctx)
    }
  }
})
`

test('what shows itself only when it runs is logged with the property and the line, once for each kind', async () => {
  const newcomer = await Newcomer.begin()
  await newcomer.writes('late.ts', LATE)
  await newcomer.pushes('late.ts', 'late')
  const port = await newcomer.serves('late', [1])
  const ends = async (line: string): Promise<unknown> => {
    const before = newcomer.weir.log.filter(({ msg }) => msg === 'connection closed').length
    const client = new TestClient(port)
    client.socket.write(`${line}\n`)
    await client.closes()
    await newcomer.reads(
      () => newcomer.weir.log.filter(({ msg }) => msg === 'connection closed').length > before,
      `the end of '${line}'`
    )
    return newcomer.weir.log.findLast(({ msg }) => msg === 'connection closed')!['detail']
  }
  for (const [line, detail] of [
    ['token', 'TypeError: forward({ token }): expected text or bytes (string or Uint8Array), got the number 5 (late.ts:4:16)'],
    ['session', 'TypeError: forward({ session }): expected text or bytes (string or Uint8Array), got null (late.ts:6:18)'],
    ['bytes', "TypeError: forward({ bytes }): expected bytes (a Uint8Array), got text; encodeUtf8('…') makes bytes of it (late.ts:7:16)"],
    ['reply', "TypeError: reject(why, reply): expected bytes (a Uint8Array), got text; encodeUtf8('…') makes bytes of it (late.ts:8:16)"],
    ['said', "TypeError: reply(bytes): expected bytes (a Uint8Array), got text; encodeUtf8('…') makes bytes of it (late.ts:9:22)"],
    ['pinned', 'TypeError: pin(key): expected text or bytes (string or Uint8Array), got an object (late.ts:10:24)'],
    ['field', "TypeError: set('who'): expected a string, got number (late.ts:11:23)"],
    // The line of these is the handler's that returned them.
    ['byHand', 'TypeError: token: expected text or bytes (string or Uint8Array), got the number 5 (late.ts:23:5)'],
    ['then', 'TypeError: then: tunel; there are: continue, pipe, tunnel (late.ts:23:5)'],
    ['nothing', 'TypeError: client.onMessage returned undefined; there are: forward(), drop(), reject(), split() (late.ts:23:5)'],
    ['promise', 'TypeError: client.onMessage must not be async: it returned a promise (late.ts:23:5)'],
    ['stream', 'TypeError: client.onMessage returned an object with op "pass"; there are: forward(), drop(), reject(), split() (late.ts:23:5)']
  ] as const) expect(await ends(line)).toBe(detail)

  for (let i = 0; i < 20; i++) await ends('token')
  expect(
    newcomer.weir.log.filter(({ msg, stack }) => msg === 'extension threw' && String(stack).includes('({ token })'))
  ).toHaveLength(1)
})
