import { rateLimit } from '@weirlb/model'
import { noLists } from '@weirlb/rules'
import { expect, test } from 'vitest'
import { checkedLimit } from './checked-limit.ts'
import { RuleSubject } from './rule-subject.ts'

const headers = [{}, { cookie: 'a=1', 'user-agent': '3:x;y' }, { cookie: 'c'.repeat(600), 'user-agent': 'u'.repeat(300) }]
const subjects = ['192.0.2.1', '255.255.255.255', '2001:db8::5'].flatMap(address => headers.map(headers => {
  const subject = new RuleSubject({ name: 'v', config: { port: 443 } }, { address, port: 50_123 }, undefined)
  subject.request = { method: 'GET', path: '/', host: '', secure: false, upgrade: false, headers }
  return subject
}))

const lists: readonly (readonly string[])[] = [
  [],
  ['ip.src'],
  ['http.user_agent'],
  ['http.cookie'],
  ['tcp.srcport'],
  ['ssl'],
  ['ip.src', 'tcp.srcport'],
  ['ssl', 'http.request.headers["absent"][0]', 'tcp.srcport'],
  ['http.request.headers["absent"][0]', 'ip.src', 'ssl']
]

test.each(lists)('the key of %s, as it is kept, is shown as the values that it is of', (...by) => {
  const outcome = checkedLimit(
    rateLimit.parse({ name: 'l', counts: 'requests', by, limit: 1, periodSeconds: 1, action: 'log' }),
    noLists
  )
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.faults))
  const { key, keyText, shownKey } = outcome.value
  for (const subject of subjects) {
    const [kept, text] = [key(subject), keyText(subject)]
    // Of a long text only the hash is kept.
    if (text.length <= 256) expect(shownKey(kept)).toBe(text)
    else expect(shownKey(kept)).toMatch(/^sha256:[0-9a-f]{16}$/)
  }
})

test('keys of several values that are too long for one are shown as hashes', () => {
  const outcome = checkedLimit(
    rateLimit.parse({
      name: 'l',
      counts: 'requests',
      by: ['http.cookie', 'ip.src'],
      limit: 1,
      periodSeconds: 1,
      action: 'log'
    }),
    noLists
  )
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.faults))
  const { key, keyText, shownKey } = outcome.value
  const [small] = subjects.slice(1)
  expect(shownKey(key(small!))).toBe(keyText(small!))
  expect(shownKey(key(small!))).not.toContain('a=1')
})
