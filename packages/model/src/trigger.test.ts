import { expect, test } from 'vitest'
import { checkConfig } from './check-config.ts'
import { parseConfig, parseEntity } from './parse-config.ts'
import { parseTriggerPattern } from './trigger.ts'

test.each([
  ['www.example.com', { hosts: 'exact', host: 'www.example.com', path: '/', prefix: false, secure: undefined }],
  ['WWW.Example.com/mqtt', { hosts: 'exact', host: 'www.example.com', path: '/mqtt', prefix: false }],
  ['www.example.com/mqtt*', { path: '/mqtt', prefix: true }],
  ['www.example.com/*', { path: '/', prefix: true }],
  ['*.example.com/a', { hosts: 'below', host: 'example.com' }],
  ['*example.com/a', { hosts: 'within', host: 'example.com' }],
  ['*/a', { hosts: 'any', host: '' }],
  ['https://a.example/x', { secure: true, host: 'a.example' }],
  ['http://a.example/x', { secure: false }],
  ['10.0.0.1/x', { hosts: 'exact', host: '10.0.0.1' }],
  ['[2001:DB8::1]/x', { hosts: 'exact', host: '2001:db8::1' }],
  // Compared in the normal form.
  ['a.example/a/%2e./%62', { path: '/b' }]
])('%s is a pattern', (text, parts) => { expect(parseTriggerPattern(text)).toMatchObject(parts) })

test.each([
  ['/mqtt', /names the host/],
  ['a.example/mqtt?x=1', /no query/],
  ['a.example/mqtt#x', /no query and no fragment/],
  ['a.example/*/x', /"\*" at the end/],
  ['a.*.example/', /"\*" at the beginning/],
  ['a.example:8080/', /without a port/],
  ['*.10.0.0.1/', /no labels/],
  ['a b/', /./],
  ['a.example/ü', /visible ASCII/]
])('%s is none', (text, message) => {
  expect(parseTriggerPattern(text)).toMatch(message)
  expect(() => parseEntity('triggers', { name: 't', pattern: text })).toThrow(
    expect.objectContaining({ code: 'config-invalid', issues: [expect.objectContaining({ path: 'pattern' })] })
  )
})

test('two triggers of one pattern at one user vserver leave it open which counts', () => {
  const config = (...triggers: object[]): unknown => ({ edgeFunctions: [{ name: 'f', source: 'x' }], triggers: triggers.map((each, i) => ({ name: `t${i}`, pattern: 'a.example/x*', ...each })) })
  const check = (...triggers: object[]): void => { checkConfig(parseConfig(config(...triggers))) }
  const refused = { code: 'config-invalid', issues: [{ path: 'triggers[1].pattern', message: expect.stringContaining("trigger 't0'") as string }] }
  expect(() => { check({}, { pattern: 'A.example/x*' }) }).toThrow(expect.objectContaining(refused))
  expect(() => { check({ function: 'f' }, {}) }).toThrow(expect.objectContaining(refused))
  check({}, { pattern: 'https://a.example/x*' })
  expect(() => { check({ function: 'g' }) }).toThrow(expect.objectContaining({ code: 'reference-unknown' }))
})
