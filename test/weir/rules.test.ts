// What is wrong with a rule is said when it is written, with its place; and no extension leaves a rule without its
// fields.
import { beforeEach, describe, expect, test } from 'vitest'
import type { RuleInput } from '@weirlb/admin/client'
import { sharedWeir } from '../support/shared-weir.ts'
import type { WeirProcess } from '../support/weir-process.ts'

const extension = (fields: string): string => `
import { defineProtocol, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'words', api: 1, balance: 'per-connection', fields: { ${fields} },
  client: { framing: frame.delimiter({ bytes: [10], max: 100 }), onMessage: () => forward() }
})`

let weir: WeirProcess
beforeEach(async () => {
  weir = await sharedWeir({ workers: 1 })
  const { api } = weir
  await api.call('createExtension', { body: { name: 'words', source: extension("'word.first': 'string', 'word.count': 'int', 'word.secret': 'secret'") } })
  await api.call('createUserProtocol', { body: { name: 'WORDS', transport: 'tcp', extension: 'words' } })
  await api.call('createService', { body: { name: 's', address: '127.0.0.1', port: 9 } })
  await api.call('createLbVserver', { body: { name: 'lb', services: [{ name: 's' }] } })
  await api.call('createUserVserver', {
    body: { name: 'v', protocol: 'WORDS', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
  })
})

interface Refusal {
  readonly status: number
  readonly body: {
    readonly code: string
    readonly issues: readonly {
      readonly path: string
      readonly message: string
      readonly line?: number
      readonly column?: number
    }[]
  }
}
const send = async (method: string, path: string, body: object): Promise<Refusal> => {
  const response = await fetch(`${weir.api.base}/v1/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  return { status: response.status, body: response.status === 204 ? {} : await response.json() } as Refusal
}
const create = async (rule: Partial<RuleInput>): Promise<Refusal> =>
  await send('POST', 'rules', { name: 'r', action: 'block', ...rule })

const wrong: readonly (readonly [string, Partial<RuleInput>, string, RegExp, number, number] | readonly [string, Partial<RuleInput>, string, RegExp])[] = [
  ['an unknown field', { expression: 'word.frist eq "x"' }, 'expression', /unknown field 'word.frist'; there are: word.first/, 1, 1],
  ['a field of another extension at a vserver', { expression: 'ssl and\nmqtt.type eq "PUBLISH"', vservers: ['v'] }, 'expression', /unknown field 'mqtt.type'.*user vserver 'v' with extension 'words'/, 2, 1],
  ['a secret field', { expression: 'word.secret eq "x"' }, 'expression', /unknown field 'word.secret'/, 1, 1],
  ['a wrong type', { expression: 'word.count eq "x"' }, 'expression', /word.count is a number; got a string/, 1, 15],
  ['a fault of syntax', { expression: 'ssl and (' }, 'expression', /expected .*a field/, 1, 10],
  ['65 regular expressions', { expression: Array.from({ length: 65 }, () => 'tls.sni ~ "x"').join(' or ') }, 'expression', /more than 64 regular expressions/, 1, 64 * 17 + 11],
  ['65 parentheses', { expression: `${'('.repeat(65)}ssl${')'.repeat(65)}` }, 'expression', /more than 64 parentheses/, 1, 65],
  ['a pattern that is not linear', { expression: 'tls.sni matches "(a)\\1"' }, 'expression', /no regular expression/, 1, 17],
  ['a list that there is not', { expression: 'ip.src in $office' }, 'expression', /no list '\$office'; there are: none/, 1, 11],
  ['a phase before its fields', { expression: 'word.first eq "x"', phase: 'connect' }, 'phase', /connect comes before word.first: expected first-message/],
  ['a response of no request', { expression: 'ip.src eq 192.0.2.1', response: { status: 410 } }, 'response', /only rules of phase request/]
]

describe('a rule', () => {
  test.each(wrong)('with %s is refused', async (_, rule, path, message, ...place) => {
    const { status, body } = await create(rule)
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'rule-invalid' })
    // A check of the whole configuration finds the same.
    const config = (await weir.api.call('getConfig')).body
    const checked = await send('POST', 'config/check', { ...config, rules: [{ name: 'r', action: 'block', ...rule }] })
    const found = body.issues.map(issue => ({ ...issue, path: `rules[0].${issue.path}` }))
    expect(checked).toMatchObject({ status: 422, body: { code: 'rule-invalid', issues: found } })
    expect(body.issues[0]!.path).toBe(path)
    expect(body.issues[0]!.message).toMatch(message)
    if (place.length > 0) expect([body.issues[0]!.line, body.issues[0]!.column]).toEqual(place)
    expect((await weir.api.call('listRules')).body.items).toEqual([])
  })

  test('of 4,097 characters, with an unknown action, or at an unknown vserver is refused', async () => {
    expect(await create({ expression: `tls.sni eq "${'x'.repeat(4084)}"` })).toMatchObject({
      status: 422,
      body: {
        code: 'config-invalid',
        issues: [{ path: 'expression', message: expect.stringContaining('4096') as string }]
      }
    })
    expect(await create({ expression: 'ssl', action: 'teleport' as never })).toMatchObject({
      status: 422,
      body: {
        code: 'config-invalid',
        issues: [{ path: 'action', message: expect.stringContaining('block') as string }]
      }
    })
    // There is no challenge where there is no browser.
    expect(await create({ expression: 'ssl', action: 'challenge', vservers: ['v'] })).toMatchObject({
      status: 422,
      body: {
        code: 'rule-invalid',
        issues: [{ path: 'vservers', message: expect.stringContaining('has no HTTP') as string }]
      }
    })
    expect(await create({ expression: 'ssl', vservers: ['w'] })).toMatchObject({
      status: 422,
      body: { code: 'reference-unknown' }
    })
  })

  test('keeps its vserver from being deleted', async () => {
    await weir.api.call('createRule', {
      body: { name: 'r', expression: 'word.count gt 1', action: 'log', vservers: ['v'] }
    })
    expect(await send('DELETE', 'user-vservers/v', {})).toMatchObject({ status: 409, body: { code: 'in-use' } })
  })

  test('shows when and where it is looked at', async () => {
    const status = async (name: string): Promise<object> =>
      (await weir.api.call('getRule', { path: { name } })).body.status!
    await weir.api.call('createRule', { body: { name: 'first', expression: 'word.count gt 1 and ssl', action: 'log' } })
    await weir.api.call('createRule', {
      body: { name: 'address', expression: 'ip.src in {10.0.0.0/8}', action: 'log', state: 'simulated' }
    })
    await weir.api.call('createRule', {
      body: { name: 'draft', expression: 'word.size gt 1', action: 'log', state: 'draft' }
    })
    expect(await status('first')).toMatchObject({ value: 'up', phase: 'first-message', userVservers: ['v'] })
    expect(await status('address')).toMatchObject({ value: 'simulated', phase: 'connect', userVservers: ['v'] })
    expect(await status('draft')).toMatchObject({ value: 'draft', reason: expect.stringContaining("unknown field 'word.size'") as string })
    expect(await send('POST', 'rules/draft/enable', {})).toMatchObject({ status: 422, body: { code: 'rule-invalid' } })
  })
})

describe('an extension', () => {
  test('cannot drop a field that a rule names, nor change its type, nor can its canary', async () => {
    await weir.api.call('createRule', { body: { name: 'r', expression: 'word.first eq "x"', action: 'block' } })
    for (const fields of ["'word.count': 'int'", "'word.first': 'int'"]) {
      expect(await send('PATCH', 'extensions/words', { source: extension(fields) })).toMatchObject({ status: 422, body: { code: 'rule-invalid', issues: [{ path: 'rules[0].expression' }] } })
    }
    expect(await send('PATCH', 'extensions/words', { source: extension("'word.count': 'int'"), canary: { percent: 10 } })).toMatchObject({ status: 422, body: { code: 'rule-invalid' } })
    // As a draft the rule waits for the field's return.
    await weir.api.call('patchRule', { path: { name: 'r' }, body: { state: 'draft' } })
    expect((await send('PATCH', 'extensions/words', { source: extension("'word.count': 'int'") })).status).toBe(200)
    expect(await send('PATCH', 'rules/r', { state: 'enabled' })).toMatchObject({ status: 422, body: { code: 'rule-invalid', issues: [{ path: 'expression', line: 1, column: 1 }] } })
    expect((await send('PATCH', 'extensions/words', { source: extension("'word.first': 'string'") })).status).toBe(200)
    expect((await send('PATCH', 'rules/r', { state: 'enabled' })).status).toBe(200)
  })

  test('cannot take the place of one whose fields a rule names', async () => {
    await weir.api.call('createExtension', { body: { name: 'other', source: extension("'other.field': 'string'") } })
    await weir.api.call('createUserProtocol', { body: { name: 'OTHER', transport: 'tcp', extension: 'other' } })
    await weir.api.call('createRule', {
      body: { name: 'r', expression: 'word.first eq "x"', action: 'block', vservers: ['v'] }
    })
    expect(await send('PATCH', 'user-vservers/v', { protocol: 'OTHER' })).toMatchObject({
      status: 422,
      body: { code: 'rule-invalid' }
    })
  })
})

describe('an expression', () => {
  const validate = async (expression: string): Promise<object> =>
    (await weir.api.call('validateRule', { body: { expression } })).body

  test('is validated with its position, and with what was expected', async () => {
    expect(await validate('word.count gt 1 and ssl')).toEqual({
      valid: true,
      phase: 'first-message',
      fields: ['word.count', 'ssl'],
      userVservers: ['v'],
      faults: []
    })
    expect(await validate('ip.src eq 192.0.2.1')).toMatchObject({ valid: true, phase: 'connect' })
    expect(await validate('word.frist eq "x"')).toMatchObject({ valid: false, faults: [{ line: 1, column: 1, offset: 0, message: expect.stringContaining("unknown field 'word.frist'") as string, expected: expect.arrayContaining(['word.first']) as string[] }] })
    expect(await validate('ssl and\n  (')).toMatchObject({ valid: false, faults: [{ line: 2, column: 4, offset: 11, expected: expect.arrayContaining(['a field']) as string[] }] })
    expect(await validate(`tls.sni eq "${'x'.repeat(4084)}"`)).toMatchObject({ valid: false, faults: [{ column: 4097, message: '4097 characters; an expression has at most 4096' }] })
    expect((await weir.api.call('listRules')).body.items).toEqual([])
  })
})

describe('rules', () => {
  beforeEach(async () => {
    const { api } = weir
    await api.call('createRule', {
      body: {
        name: 'internal',
        expression: 'ip.src in {10.0.0.0/8}',
        action: 'skip',
        priority: 1,
        phase: 'first-message'
      }
    })
    await api.call('createRule', { body: { name: 'seen', expression: 'word.count ge 0', action: 'log', priority: 2 } })
    await api.call('createRule', {
      body: { name: 'would', expression: 'word.count gt 5', action: 'block', priority: 3, state: 'simulated' }
    })
    await api.call('createRule', { body: { name: 'long', expression: 'word.count gt 10', action: 'block' } })
    await api.call('createRule', {
      body: { name: 'off', expression: 'word.count gt 0', action: 'block', state: 'disabled' }
    })
  })
  const tried = async (
    fields: Record<string, string | number>
  ): Promise<{ decision: string, rule?: string | undefined, looked: readonly string[] }> => {
    const { decision, rule, looked } = (await weir.api.call('testRules', { body: { userVserver: 'v', fields } })).body
    return {
      decision,
      rule,
      looked: looked.map(each => `${each.rule}${each.applies ? '!' : ''}${each.ends ? '.' : ''}`)
    }
  }

  test('are tried on given fields, in their order', async () => {
    expect(await tried({ 'word.count': 11 })).toEqual({
      decision: 'block',
      rule: 'long',
      looked: ['internal', 'seen!', 'would!', 'long!.']
    })
    expect(await tried({ 'word.count': 11, 'ip.src': '10.1.2.3' })).toEqual({
      decision: 'pass',
      rule: undefined,
      looked: ['internal!.']
    })
    expect(await tried({})).toEqual({
      decision: 'pass',
      rule: undefined,
      looked: ['internal', 'seen', 'would', 'long']
    })
    expect((await weir.api.call('getStats')).body.rules['long']).toEqual({ matched: 0, blocked: 0, challenged: 0 })
    for (const [fields, message] of [[{ 'word.size': 1 }, /no such field/], [{ 'word.count': 'x' }, /expected a number/], [{ 'ip.src': 'nowhere' }, /expected an IP address/]] as const) {
      expect(await send('POST', 'rules/test', { userVserver: 'v', fields })).toMatchObject({ status: 400, body: { code: 'body-invalid', issues: [{ message: expect.stringMatching(message) as string }] } })
    }
    expect(await send('POST', 'rules/test', { userVserver: 'w' })).toMatchObject({
      status: 404,
      body: { code: 'not-found' }
    })
  })

  test('are explained with the bytes of a client, and not counted', async () => {
    await weir.api.call('createRule', {
      body: { name: 'nobody', expression: 'ip.src in {192.0.2.0/24}', action: 'block' }
    })
    const explain = async (address: string): Promise<object> =>
      (await weir.api.call('explain', {
        path: { name: 'v' },
        body: { bytes: Buffer.from('one\n').toString('hex'), client: { address } }
      })).body
    expect(await explain('192.0.2.9')).toMatchObject({
      outcome: { becomes: 'closed', reason: 'rule', detail: "rule 'nobody'" },
      rules: [{ message: 0, rule: 'nobody', phase: 'connect', action: 'block', applies: true, ends: true, fields: { 'ip.src': '192.0.2.9' } }]
    })
    expect(await explain('10.0.0.1')).toMatchObject({
      rules: [{ message: 0, rule: 'nobody', applies: false }, { message: 1, rule: 'internal', phase: 'first-message', applies: true, ends: true }]
    })
    expect((await weir.api.call('getStats')).body.rules['nobody']).toEqual({ matched: 0, blocked: 0, challenged: 0 })
  })
})
