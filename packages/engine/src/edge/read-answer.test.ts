import { expect, test } from 'vitest'
import { readAnswer } from './read-answer.ts'

const none = { set: [], remove: [] }
const allow = { op: 'allow', request: none, response: none, logs: [] }
const respond = { op: 'respond', status: 403, headers: [['x-a', 'b']], body: 'no\xff', logs: [] }

test('what a function can say is read', () => {
  for (const answer of [allow, respond, { op: 'failed', fault: 'threw', text: 'x', failOpen: true, logs: ['l'] }])
    expect(readAnswer(JSON.stringify(answer), 10)).toEqual(answer)
})

// A guest writes what it likes: none of these may reach a client.
test.each([
  ['no JSON', '{'],
  ['null', null],
  ['a list', []],
  ['no op', {}],
  ['another op', { ...allow, op: 'pass' }],
  ['a status of three hundred thousand', { ...respond, status: 300_000 }],
  ['an interim status', { ...respond, status: 101 }],
  ['a status as text', { ...respond, status: '403' }],
  ['a line end in a value', { ...respond, headers: [['x', 'a\r\nset-cookie: b']] }],
  ['a line end in a name', { ...respond, headers: [['x\r\ny', 'a']] }],
  ['a name in upper case', { ...respond, headers: [['X', 'a']] }],
  ['a letter beyond a byte in a value', { ...respond, headers: [['x', '\u{1f600}']] }],
  ['a letter beyond a byte in the body', { ...respond, body: '\u{1f600}' }],
  ['a body over its limit', { ...respond, body: 'x'.repeat(11) }],
  ['65 headers', { ...respond, headers: Array.from({ length: 65 }, () => ['x', 'y']) }],
  ['headers of 17 KB', { ...respond, headers: [['x', 'y'.repeat(17 * 1024)]] }],
  ['changes that are none', { ...allow, request: { set: 5, remove: [] } }],
  ['names that are none', { ...allow, response: { set: [], remove: ['a b'] } }],
  ['an unknown fault', { op: 'failed', fault: 'x', text: '', failOpen: false, logs: [] }]
])('%s is no answer', (_, answer) => {
  expect(readAnswer(typeof answer === 'string' ? answer : JSON.stringify(answer), 10)).toBeUndefined()
})
