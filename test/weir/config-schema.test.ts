// The schema of configuration files, which the package has for editors, as a validator of JSON Schema reads it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parseConfig, type ConfigInput } from '@weirlb/model'
import { describe, expect, test } from 'vitest'

const path = createRequire(import.meta.url).resolve('weirlb/weir.schema.json')
const schema = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
const formats = {
  ipv4: /^\d+\.\d+\.\d+\.\d+$/,
  ipv6: /^[\da-f:.]+$/i,
  email: /^[^@]+@[^@]+$/,
  'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/
}
const validate = new Ajv2020({
  strict: true,
  allErrors: true,
  allowUnionTypes: true,
  strictTypes: false,
  strictRequired: false,
  formats
}).compile(schema)

const full: ConfigInput = {
  extensions: [{ name: 'mqtt', builtin: 'mqtt' }, { name: 'own', source: 'file:./own.ts', limits: { heapMb: 32 }, canary: { builtin: 'redis', percent: 10 } }],
  userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }, { name: 'WEB', transport: 'https' }],
  certkeys: [{ name: 'c', certFile: 'cert.pem', keyFile: 'key.pem' }, { name: 'a', acme: { directory: 'https://acme.example/directory', domains: ['a.example'] } }],
  monitors: [{ name: 'm', type: 'tcp', intervalSeconds: 2 }],
  services: [{
    name: 'b1',
    address: '127.0.0.1',
    port: 1883,
    monitors: [{ type: 'named', name: 'm' }, { type: 'tcp' }],
    tls: { verify: true }
  }, { name: 'b2', address: 'broker.example', port: 1883, state: 'draining' }],
  serviceGroups: [{ name: 'g', members: [{ address: '127.0.0.1', port: 1885 }] }],
  lbVservers: [{
    name: 'lb',
    method: 'round-robin',
    services: [{ name: 'b1', weight: 2 }, { name: 'g' }],
    persistence: { type: 'source-ip' }
  }],
  userVservers: [{
    name: 'v',
    protocol: 'MQTT',
    address: '::',
    port: 1883,
    defaultLb: 'lb',
    params: { clientIdSession: true }
  }]
}

test('takes what Weir takes', () => {
  expect(validate({ $schema: './weir.schema.json', ...full }), JSON.stringify(validate.errors)).toBe(true)
  expect(validate({}), JSON.stringify(validate.errors)).toBe(true)
  // What GET /v1/config answers has every default in it.
  const { certkeys: _, ...rest } = full
  expect(validate(JSON.parse(JSON.stringify(parseConfig(rest)))), JSON.stringify(validate.errors)).toBe(true)
})

test('takes variables and files in place of texts', () => {
  const services = [{ name: 's-${SITE}', address: '${HOST}', port: 1, type: '${TYPE}', comment: 'file:note' }]
  expect(
    validate({ services, certkeys: [{ name: 'c', cert: 'file:cert.pem', key: '${KEY}' }] }),
    JSON.stringify(validate.errors)
  ).toBe(true)
})

describe('refuses', () => {
  test.each<[string, unknown]>([
    ['an unknown field', { services: [{ name: 's', adress: '127.0.0.1', port: 1 }] }],
    ['an unknown collection', { service: [] }],
    ['a missing field', { services: [{ name: 's', port: 1 }] }],
    ['a port out of range', { services: [{ name: 's', address: 'x', port: 65_536 }] }],
    ['a text for a number', { services: [{ name: 's', address: 'x', port: '${PORT}' }] }],
    ['a value that is no choice', { lbVservers: [{ name: 'l', type: 'UDP' }] }],
    ['a name that is none', { services: [{ name: 'a b', address: 'x', port: 1 }] }],
    ['a monitor of another kind', { monitors: [{ name: 'm', type: 'telnet' }] }],
    ['no object', []]
  ])('%s', (_, config) => { expect(validate(config)).toBe(false) })
})
