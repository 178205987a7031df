import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { checkConfig, describeValue, parseConfig, WeirError } from '@weirlb/model'
import { expect, onTestFinished, test } from 'vitest'
import { readConfigDocument } from './config-document.ts'
import { faultText, type DocumentFault } from './document-fault.ts'
import { faultPlace } from './json-fault.ts'

test.each([
  ['', 'it is empty'],
  [' \n', 'it is empty'],
  ['{', 'it ends too early'],
  ['{"a": [1, tr', 'it ends too early'],
  ['{"a": "\\u00', 'it ends too early'],
  ['{"services":[}', 'line 1, column 14'],
  ['{\n  "a": 1,\n  "b" 2\n}', 'line 3, column 7'],
  ['{"a": 1,}', 'line 1, column 9'],
  ["{'a': 1}", 'line 1, column 2'],
  ['{} x', 'line 1, column 4'],
  ['[01]', 'line 1, column 3'],
  ['[-]', 'line 1, column 3'],
  ['["\\x"]', 'line 1, column 4'],
  ['["a\nb"]', 'line 1, column 4']
])('%j: %s', (text, place) => { expect(faultPlace(text)).toBe(place) })

test('every beginning of JSON ends too early, or is JSON', () => {
  fc.assert(fc.property(fc.json({ maxDepth: 3 }), fc.nat(), (json, cut) => {
    const text = `[${json}]`
    const beginning = text.slice(0, 1 + cut % (text.length - 1))
    expect(faultPlace(beginning)).toBe('it ends too early')
  }))
})

test('a file is named, and nothing of it is shown', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'weir-config-'))
  const file = join(directory, 'weir.json')
  await writeFile(file, '{"certkeys":[{"key":"SECRET" x]}')
  const error = await readConfigDocument(file).catch((e: unknown) => e as Error)
  expect(error).toMatchObject({ code: 'config-invalid', message: `'${file}' is not JSON: line 1, column 30` })
  expect((error as Error).cause).toBeUndefined()
  await rm(directory, { recursive: true })
  await expect(readConfigDocument(file)).rejects.toMatchObject({
    code: 'config-invalid', message: `cannot read the configuration file '${file}' (ENOENT)`
  })
})

test('certkeys may name files, beside the configuration file or anywhere', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'weir-config-'))
  const at = (name: string): string => join(directory, name)
  const certkeys = [
    { name: 'c', certFile: 'cert.pem', keyFile: '/etc/key.pem' },
    { name: 'ca', caFile: './ca.pem', crlFile: '../crl.pem' }, { name: 'text', cert: 'TEXT', certFile: 7, keyFile: '' },
    'no object'
  ]
  await writeFile(at('weir.json'), JSON.stringify({ certkeys }))
  expect((await readConfigDocument(at('weir.json'))).config).toEqual({
    certkeys: [
      { name: 'c', certFile: at('cert.pem'), keyFile: '/etc/key.pem' },
      { name: 'ca', caFile: at('ca.pem'), crlFile: join(tmpdir(), 'crl.pem') },
      { name: 'text', cert: 'TEXT', certFile: 7, keyFile: '' }, 'no object'
    ]
  })
  await rm(directory, { recursive: true })
})

/** A folder with these files; `read` reads one of them as a configuration. */
const folder = async (files: Readonly<Record<string, string>>) => {
  const directory = await mkdtemp(join(tmpdir(), 'weir-document-'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content)
  onTestFinished(() => rm(directory, { recursive: true }))
  const read = (name: string, environment: Record<string, string> = {}) => readConfigDocument(
    join(directory, name), environment
  )
  const fault = async (name: string, environment: Record<string, string> = {}) => {
    const document = await read(name, environment).catch((error: unknown) => error as DocumentFault)
    if (document instanceof Error) return document
    try {
      checkConfig(parseConfig(document.config))
    } catch (error) {
      return document.placed(error as WeirError)
    }
    throw new Error('it has no fault')
  }
  return {
    directory, read, fault,
    texts: async (...of: Parameters<typeof fault>) => (await fault(...of)).issues.map(faultText).map(
      text => text.replaceAll(`${directory}/`, '')
    )
  }
}

const yaml = `# yaml-language-server: $schema=weir.schema.json
$schema: weir.schema.json
services:
  - &one
    name: b1
    address: 127.0.0.1
    port: 1883
  - { name: b2, address: 127.0.0.1, port: 1884 }
lbVservers:
  - name: lb
    services: [{ name: b1 }, { name: b2 }]
`

test('JSON, YAML and programs make the same configuration', async () => {
  const config = {
    services: [{ name: 'b1', address: '127.0.0.1', port: 1883 }, { name: 'b2', address: '127.0.0.1', port: 1884 }],
    lbVservers: [{ name: 'lb', services: [{ name: 'b1' }, { name: 'b2' }] }]
  }
  const { read, directory } = await folder({
    'weir.yaml': yaml,
    'weir.yml': `\uFEFF${yaml}`,
    'weir.json': JSON.stringify({ $schema: './weir.schema.json', ...config }),
    'tabs.json': JSON.stringify(config, null, '\t'),
    'ports.ts': 'export const port: number = 1883\n',
    'weir.ts': "import { port } from './ports.ts'\nconst made: { services: object[] } = { services: [0, 1].map(i => ({ name: `b${i + 1}`, address: '127.0.0.1', port: port + i })) }\nexport default { ...made, lbVservers: [{ name: 'lb', services: [{ name: 'b1' }, { name: 'b2' }] }] }\n",
    'weir.mjs': `export default async () => (${JSON.stringify(config)})\nsetInterval(() => {}, 1000)\n`
  })
  for (const name of ['weir.yaml', 'weir.yml', 'weir.json', 'tabs.json', 'weir.ts', 'weir.mjs']) {
    const document = await read(name)
    expect([name, document.config]).toEqual([name, config])
    expect(document.files).toEqual([join(directory, name), ...name === 'weir.ts' ? [join(directory, 'ports.ts')] : []])
  }
})

test('a long text is parsed beside the event loop, and its faults have their places', async () => {
  const services = Array.from(
    { length: 1500 }, (_, i) => ({ name: `s${i}`, address: '127.0.0.1', port: i === 1499 ? 70_000 : 1 + i })
  )
  const text = `services:\n${
    services.map(service => `  - name: ${service.name}\n    address: ${service.address}\n    port: ${service.port}\n`)
      .join('')
  }`
  const { read, fault } = await folder({
    'weir.yaml': text,
    'weir.json': JSON.stringify(
      { services: services.map(({ name, address, port }) => ({ name, address, port })) },
      null,
      1
    ),
    'bad.yaml': `${text}\t- x\n`
  })
  let turns = 0
  const timer = setInterval(() => { turns++ }, 1)
  const document = await read('weir.yaml')
  clearInterval(timer)
  expect(turns).toBeGreaterThan(10)
  expect(document.config).toEqual((await read('weir.json')).config)
  expect((await fault('weir.yaml')).issues).toMatchObject([{
    path: 'services[1499].port', line: 1 + 1500 * 3, column: 11
  }])
  expect((await fault('weir.json')).issues).toMatchObject([{
    path: 'services[1499].port', line: 2 + 1500 * 5 - 1, column: 12
  }])
  expect((await fault('bad.yaml')).message).toMatch(
    /is not YAML: line 4502, column 1: tabs are not allowed as indentation/
  )
})

test.each<[string, string, string[]]>([
  [
    'weir.yaml', 'services:\n  - name: a\n    port: 1\n    port: 2\n',
    ["weir.yaml:4:5: is not YAML: line 4, column 5: map keys must be unique"]
  ],
  [
    'weir.yaml', 'services:\n\t- name: a\n',
    ['weir.yaml:2:1: is not YAML: line 2, column 1: tabs are not allowed as indentation']
  ],
  ['weir.yaml', 'certkeys: !vault x\nb: *nobody\n', [
    'weir.yaml:1:11: is not YAML: line 1, column 11: unresolved tag',
    'weir.yaml:2:4: is not YAML: line 2, column 4: there is no anchor of this name before it'
  ]],
  ['weir.yaml', '? [1, 2]\n: 3\n', ['weir.yaml:1:3: is not YAML: line 1, column 3: the name of a field is text']],
  [
    'weir.yaml', '---\na: 1\n---\nb: 2\n',
    [
      'weir.yaml:3:1: is not YAML: line 3, column 1: source contains multiple documents; please use YAML.parseAllDocuments()'
    ]
  ],
  ['weir.yaml', '# nothing\n', ['weir.yaml: is not YAML: it is empty']],
  ['weir.yaml', 'just words\n', ['weir.yaml:1:1: expected object, got "just words"']],
  ['weir.json', '{\n  "services": [}\n', ['weir.json:2:16: is not JSON: line 2, column 16']],
  ['weir.json', '{\n\t"services": [\n\t\t{ "name": "a", "address": "127.0.0.1", "port": 99999 },\n\t\t{ "name": "b", "addres": "127.0.0.1", "port": 1 }\n\t]\n}\n', [
    "weir.json:4:18: services[1]: unknown field 'addres'; there are: name, address, port, resolve, drainSeconds, type, startTls, tls, websocket, proxyProtocol, maxClients, connectTimeoutSeconds, firstReplyTimeoutSeconds, tcpKeepAlive, monitors, monitorThreshold, state, comment",
    'weir.json:3:50: services[0].port: must be at most 65535; got 99999',
    'weir.json:4:3: services[1].address: is missing; expected string'
  ]],
  [
    'weir.yaml', yaml.replace('{ name: b2 }', '{ name: b3 }'),
    ["weir.yaml:11:38: lbVservers[0].services[1].name: no service or service group 'b3'; there are: b1, b2"]
  ],
  ['weir.yaml', 'services:\n  - &a { name: x, address: 127.0.0.1, port: 0 }\n  - *a\n', [
    "weir.yaml:2:16: services[1].name: there is another service 'x', at services[0]",
    'weir.yaml:2:45: services[0].port: must be at least 1; got 0. Only an SRV name, such as _mqtt._tcp.example.com, has its ports in DNS',
    'weir.yaml:2:45: services[1].port: must be at least 1; got 0. Only an SRV name, such as _mqtt._tcp.example.com, has its ports in DNS'
  ]]
])('%s %j has its faults with line and column', async (name, text, texts) => {
  const { texts: found } = await folder({ [name]: text })
  expect(await found(name)).toEqual(texts)
})

test('a text that cannot be read is never quoted', async () => {
  const { fault } = await folder({
    'a.yaml': 'certkeys:\n  - name: c\n    key: "SECRET\n',
    'b.yaml': 'certkeys: [{ name: c, key: SECRET ] }',
    'c.yaml': 'key: SECRET: more\n- SECRET\n}SECRET',
    'd.yaml': 'key: "SECRET" SECRET\n',
    'e.json': '{"key":"SECRET" SECRET}',
    'f.yaml': 'key: *SECRET\n',
    'g.yaml': 'key: !SECRET\n',
    'h.yaml': 'key: >SECRET\n'
  })
  for (const name of ['a.yaml', 'b.yaml', 'c.yaml', 'd.yaml', 'e.json', 'f.yaml', 'g.yaml', 'h.yaml']) {
    const error = await fault(name)
    expect(error.message).toContain(`${name}' is not`)
    expect(`${error.message} ${JSON.stringify(error.issues)} ${String(error.cause)}`).not.toContain('SECRET')
  }
})

test('texts take variables and files, and code takes its module', async () => {
  const { read, directory } = await folder({
    'weir.yaml': [
      'certkeys: [{ name: c, psk: "${WHO}:${KEY}" }, { name: f, psk: file:secret }]',
      'services: [{ name: "s-${WHO}", address: "${HOST}", port: 1, comment: "$${HOST} costs $5; file: none" }]',
      "extensions: [{ name: e, source: file:proto.ts }, { name: t, source: 'export default `${x}`' }]",
      ''
    ].join('\n'),
    secret: 'ann:00112233445566778899aabbccddeeff\n',
    'proto.ts': "import { defineProtocol, frame } from '@weirlb/sdk'\nimport { end } from './end.ts'\nexport default defineProtocol({ client: { frame: frame.delimited({ by: end }) } })\n",
    'end.ts': 'export const end = new Uint8Array([10])\n'
  })
  const { config, files } = await read('weir.yaml', { WHO: 'ann', KEY: 'ffff', HOST: '127.0.0.1' })
  expect(config).toMatchObject({
    certkeys: [{ psk: 'ann:ffff' }, { psk: 'ann:00112233445566778899aabbccddeeff' }],
    services: [{ name: 's-ann', address: '127.0.0.1', comment: '${HOST} costs $5; file: none' }],
    extensions: [
      { name: 'e', source: expect.stringMatching(/new Uint8Array\(\[10\]\)/) as string },
      { source: 'export default `${x}`' }
    ]
  })
  expect(files.toSorted()).toEqual(['end.ts', 'proto.ts', 'secret', 'weir.yaml'].map(name => join(directory, name)))
})

test('what is not there to take is a fault, and its secrets are not shown', async () => {
  const { texts, fault, read } = await folder({
    'weir.yaml': 'services:\n  - name: s\n    address: "${HOST}"\n    port: "${PORT}"\n    comment: "${a b}"\ncertkeys:\n  - name: c\n    psk: file:absent\nextensions:\n  - name: e\n    source: file:absent.ts\n',
    'bad.yaml': 'services:\n  - name: "${NAME}"\n    address: "${SECRET}"\n    port: 1\nlbVservers:\n  - name: lb\n    services: [{ name: "${SECRET}" }]\n'
  })
  expect(await texts('weir.yaml', { PORT: '1883' })).toEqual([
    'weir.yaml:3:14: services[0].address: the environment has no variable HOST',
    'weir.yaml:5:14: services[0].comment: expected the name of a variable in "${a b}", as in ${MQTT_KEY}; write $${ for the characters ${',
    "weir.yaml:8:10: certkeys[0].psk: cannot read the file 'absent' (ENOENT)",
    expect.stringMatching(/^weir\.yaml:11:13: extensions\[0\]\.source: .*absent\.ts/)
  ])
  const secret = 'very secret words that are no address'
  const error = await fault('bad.yaml', { SECRET: secret, NAME: 'n' })
  expect(error.issues.length).toBeGreaterThan(0)
  expect(`${error.message} ${JSON.stringify(error.issues)}`).not.toContain('very secret')
  expect(JSON.stringify(error.issues)).toContain('${SECRET}')
  const long = 'k'.repeat(300)
  const { placed } = await read('bad.yaml', { SECRET: long, NAME: 'n' })
  expect((await placed(new WeirError('apply-failed', `no ${describeValue(long)} and no ${long}`))).message).toBe(
    'no "${SECRET}" and no ${SECRET}'
  )
})

test('a secret stays hidden where the text around it looks like a pattern, and where a part of that text is named', async () => {
  const { fault, read } = await folder({
    'weir.json': JSON.stringify({ services: [{ name: 's', address: '127.0.0.1', port: 'a$&$`${SECRET}' }] }),
    'good.json': JSON.stringify({ services: [{ name: 's', address: '127.0.0.1', port: 1, comment: 'ann:${SECRET}' }] })
  })
  const error = await fault('weir.json', { SECRET: 'sesame' })
  expect(error.message).toMatch(/services\[0\]\.port: expected number, got "a\$&\$`\$\{SECRET\}"$/)
  expect(JSON.stringify(error.issues)).not.toContain('sesame')
  const { placed } = await read('good.json', { SECRET: 'sesame' })
  expect((await placed(new WeirError('apply-failed', 'no sesame'))).message).toBe('no ${SECRET}')
})

test.each<[string, string]>([
  ['deep.json', `{"services":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
  ['self.yaml', 'services: &a\n  - *a\n  - *a\n']
])('a document %s without an end is a fault', async (name, text) => {
  const { fault } = await folder({ [name]: text })
  expect(await fault(name)).toMatchObject({
    code: 'config-invalid',
    message: expect.stringMatching(/: a value is more than 64 levels deep, or is in itself$/) as string
  })
})

test.each<[string, string]>([
  ["throw new Error('no such site')\n", 'weir.ts:1:7: no such site'],
  ['\nexport default () => { null.x }\n', "weir.ts:2:29: Cannot read properties of null (reading 'x')"],
  ['export const a = 1\n', 'weir.ts: it has no default export: the configuration, or a function that returns it'],
  ['export default () => undefined\n', 'weir.ts: its default export is no configuration'],
  ['process.exit(3)\n', 'weir.ts: it ended with status 3 and made no configuration'],
  ['import "./absent.ts"\nexport default {}\n', 'absent.ts']
])('a program %j that makes no configuration is a fault', async (source, words) => {
  const { fault } = await folder({ 'weir.ts': source })
  const { message, files } = await fault('weir.ts')
  expect(message).toContain(words)
  expect(files[0]).toMatch(/weir\.ts$/)
})
