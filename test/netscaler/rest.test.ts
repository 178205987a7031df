// Commands over REST, as the console sends them.
import { adminPlugin } from '@weirlb/admin'
import { WeirClient, type ApiError } from '@weirlb/admin/client'
import { createWeir } from '@weirlb/core'
import Fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'

const weir = createWeir({ workers: 1, log: { level: 'silent' } })
const app = Fastify({ forceCloseConnections: true })
let client: WeirClient
beforeAll(async () => {
  await weir.start()
  await app.register(adminPlugin, { weir })
  client = new WeirClient({ url: await app.listen({ host: '127.0.0.1', port: 0 }) })
})
afterAll(async () => {
  await app.close()
  await weir.stop({ graceMs: 0 })
})

const refused = async (
  body: { readonly commands: string, readonly folder?: string },
  ifMatch?: string
): Promise<ApiError> =>
  await client.call('execCommands', { body, ifMatch }).then(() => {
    throw new Error('nothing was refused')
  }, (error: unknown) => error as ApiError)

test('POST /v1/exec runs commands, and honours If-Match', async () => {
  const { etag: before } = await client.call('getConfig')
  const { status, etag, body } = await client.call('execCommands', {
    body: { commands: 'add service s 127.0.0.1 USER_TCP 1\nadd ns ip 127.0.0.1\ncount service' },
    ifMatch: before
  })
  expect({ status, body }).toEqual({
    status: 200,
    body: {
      revision: 1,
      changes: 1,
      results: [{ line: 3, command: 'count service', text: '1\n', data: { count: 1 } }],
      skipped: [{ line: 2, command: 'add ns ip', reason: expect.stringContaining('addresses') as string }]
    }
  })
  expect(etag).toBe((await client.call('getConfig')).etag)
  // Another writer has the version from before.
  expect(await refused({ commands: 'set service s -maxClient 1' }, before)).toMatchObject({
    status: 412,
    code: 'precondition-failed'
  })
})

test('a refusal is a problem with the line and the column of each fault', async () => {
  const { problem, status } = await refused({
    commands: '\nadd service t 127.0.0.1 USER_TCP 2\nset servce s -maxClient 1'
  })
  expect(status).toBe(422)
  expect(problem).toMatchObject({ code: 'command-invalid', detail: expect.stringContaining("line 3: 'set' has no object 'servce'; did you mean 'service'") as string, issues: [{ path: 'commands', line: 3, column: 5 }] })
  expect(weir.services.get('t')).toBeUndefined()
})

test('a line is completed: verbs, objects, options, and names of entities', async () => {
  const complete = async (line: string) => (await client.call('completeCommand', { query: { line } })).body
  expect(await complete('add lb vs')).toEqual({ candidates: ['vserver'], replaced: 'vs' })
  expect(await complete('show service ')).toEqual({
    candidates: expect.arrayContaining(['s']) as string[],
    replaced: ''
  })
  expect((await complete('set service s -max')).candidates).toContain('-maxClient')
  expect(await complete('set service "s')).toEqual({ candidates: [], replaced: '' })
  await expect(client.call('completeCommand', { query: { line: 'x'.repeat(4097) } })).rejects.toMatchObject({
    status: 400,
    code: 'query-invalid'
  })
})

test('a body of another shape is refused', async () => {
  expect(await refused({ commands: 'show service', folder: 'relative' })).toMatchObject({
    status: 400,
    code: 'body-invalid',
    message: expect.stringContaining('expected an absolute path') as string
  })
})
