import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import type { SecurityEvent } from './security-event.ts'
import { Webhook } from './webhook.ts'
import { checkWebhookOptions } from './webhook-options.ts'

interface Got { readonly headers: IncomingMessage['headers'], readonly body: string }

const lines: object[] = []
const note = (fields: object): void => { lines.push(fields) }
const log = { debug: note, info: note, warn: note, error: note }
const events = (count: number): SecurityEvent[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `r-1-${n}`,
    time: n,
    kind: 'rule',
    name: 'one',
    action: 'block',
    simulated: false,
    phase: 'message',
    userVserver: 'v',
    address: '10.0.0.1',
    port: 5,
    connection: undefined,
    clientId: undefined,
    topic: undefined,
    country: undefined,
    asn: undefined,
    fields: {},
    detail: undefined,
    weight: 1,
    worker: 1
  }))

let folder: string
let secretFile: string
let server: Server
let url: string
/** What the receiver got, and what it does with each. */
let got: Got[] = []
let answers: ((response: ServerResponse) => void)[] = []
let hooks: Webhook[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-webhook-'))
  secretFile = join(folder, 'secret')
  await writeFile(secretFile, 'whsec_c2VjcmV0IG9mIHRoZSByZWNlaXZlcg==\n')
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => { body += chunk }).on('end', () => {
      got.push({ headers: request.headers, body })
      const answer = answers.shift() ?? (each => { each.writeHead(204).end() })
      answer(response)
    })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=mine`
})
afterEach(async () => {
  await Promise.all(hooks.map(hook => hook.stop()))
  hooks = []
  got = []
  answers = []
  lines.length = 0
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise(resolve => { server.close(resolve) })
  await rm(folder, { recursive: true })
})

const start = (to = url, file = secretFile): Webhook => {
  const hook = new Webhook({ url: to, secretFile: file }, log)
  hooks.push(hook)
  return hook
}
const status = (code: number, headers: Record<string, string> = {}) => (response: ServerResponse): void => {
  response.writeHead(code, headers).end('body that nobody reads')
}

test('events are sent in batches, each with a signature that its receiver can check', async () => {
  const hook = start()
  await hook.start()
  hook.add(events(150), 3)
  await until(() => hook.stats.sent === 150, 'both deliveries')
  expect(got.map(({ body }) => (JSON.parse(body) as { events: unknown[], dropped: number }).events.length)).toEqual([
    100,
    50
  ])
  const first = JSON.parse(got[0]!.body) as { events: object[] }
  expect(first).toMatchObject({ type: 'security-events', dropped: 3 })
  expect(first.events[0]).toMatchObject({ id: 'r-1-0', kind: 'rule', name: 'one' })
  for (const { headers, body } of got) {
    const signature = createHmac('sha256', 'secret of the receiver').update(
      `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    ).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${signature}`)
    expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60)
    expect(headers['content-type']).toBe('application/json')
  }
})

test('a failed delivery is sent again under the same identifier; a refused one is not', async () => {
  answers = [status(503), response => { response.destroy() }, status(204), status(400), status(200)]
  const hook = start()
  hook.add(events(1), 0)
  await until(() => hook.stats.sent === 1, 'the third attempt')
  expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect(new Set(got.map(({ body }) => body)).size).toBe(1)
  hook.add(events(2), 0)
  await until(() => hook.stats.dropped === 2, 'the refusal')
  hook.add(events(1), 0)
  await until(() => hook.stats.sent === 2, 'the next delivery')
  expect(JSON.parse(got.at(-1)!.body)).toMatchObject({ dropped: 2 })
  expect(hook.stats).toEqual({ sent: 2, dropped: 2, failures: 3, waiting: 0 })
  // The log has the address, and nothing that could be a token.
  expect(JSON.stringify(lines)).toContain('/hook')
  expect(JSON.stringify(lines)).not.toContain('mine')
})

test('a redirect is not followed, whatever it leads to', async () => {
  let reached = 0
  const inner = createServer((_, response) => { reached++; response.end() })
  await new Promise<void>(resolve => { inner.listen(0, '127.0.0.1', resolve) })
  answers = [status(307, { location: `http://127.0.0.1:${(inner.address() as AddressInfo).port}/` })]
  const hook = start()
  hook.add(events(1), 0)
  await until(() => hook.stats.dropped === 1, 'the end of the delivery')
  expect(reached).toBe(0)
  await new Promise(resolve => { inner.close(resolve) })
})

test('events that wait are bounded, and a stop tries once more', async () => {
  answers = Array.from({ length: 20 }, () => status(500))
  const hook = start()
  hook.add(events(1), 0)
  await until(() => hook.stats.failures === 1, 'the first attempt')
  for (let n = 0; n < 12; n++) hook.add(events(500), 0)
  expect(hook.stats.waiting).toBe(5000)
  expect(hook.stats.dropped).toBe(1000)
  answers = []
  await hook.stop()
  expect(hook.stats).toMatchObject({ sent: 5001, dropped: 1000, waiting: 0 })
})

test.for([
  ['is not there', undefined, 'cannot be read: ENOENT'],
  ['is short', 'whsec_c2hvcnQ=', 'has 5 bytes; a secret has 16 at least'],
  ['is no base64', 'whsec_not base64 at all, and long', 'is not base64']
] as const)('a secret that %s is refused at the start', async ([, content, message]) => {
  const file = join(folder, 'other')
  await rm(file, { force: true })
  if (content !== undefined) await writeFile(file, content)
  await expect(start(url, file).start()).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining(message) as string
  })
})

test.for(
  [
    ['ftp://hooks.example', 'expected a URL of https or http'],
    ['https://me:secret@hooks.example', 'a user name or password in the URL is not taken'],
    ['hooks', 'got "hooks"']
  ] as const
)('%s is refused', ([to, message]) => {
  expect(() => {
    checkWebhookOptions({ url: to, secretFile })
  }).toThrow(expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining(message) as string }))
})
