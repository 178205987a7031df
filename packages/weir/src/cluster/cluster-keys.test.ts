import { expect, test } from 'vitest'
import { ClusterKeys } from './cluster-keys.ts'

const ONE = '1'.repeat(64)
const TWO = `${'A'.repeat(43)}=`
const text = 'a text with a secret, and ünïcödë'

test('a sealed text opens with its key, as what it was sealed as, and as nothing else', () => {
  const keys = ClusterKeys.parse(`# of the cluster\n${ONE}\n`)
  const sealed = keys.sealed(text, 'revision 1')
  expect(sealed).toMatch(/^weir-sealed-1 [0-9a-f]{8} [A-Za-z0-9+/=]+$/)
  expect(keys.sealed(text, 'revision 1')).not.toBe(sealed)
  expect(keys.opened(sealed, 'revision 1')).toBe(text)
  expect(keys.opened(sealed, 'revision 2')).toMatchObject({ damaged: true })
  const at = sealed.length - 8
  for (const changed of [`${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`, `${sealed.slice(0, 23)}AAAA`]) expect(keys.opened(changed, 'revision 1')).toEqual({ damaged: true, why: 'was changed by somebody who has not the key' })
})

test('the first key seals and all open, so that a key can be replaced', () => {
  const [before, both, after] = [ONE, `${TWO}\n${ONE}`, TWO].map(keys => ClusterKeys.parse(keys)) as [
    ClusterKeys,
    ClusterKeys,
    ClusterKeys
  ]
  const [old, fresh] = [before.sealed(text, 'r'), both.sealed(text, 'r')]
  expect([both.opened(old, 'r'), both.opened(fresh, 'r'), after.opened(fresh, 'r')]).toEqual([text, text, text])
  expect([both.isCurrent(old), both.isCurrent(fresh)]).toEqual([false, true])
  expect(after.opened(old, 'r')).toMatchObject({
    damaged: false,
    why: expect.stringMatching(/^is encrypted with key [0-9a-f]{8}, and this node has [0-9a-f]{8}$/) as string
  })
})

test('a text that is not sealed is read without keys, or where the file says so', () => {
  const none = ClusterKeys.parse(undefined)
  expect([none.seal, none.sealed(text, 'r'), none.opened(text, 'r')]).toEqual([false, text, text])
  const keys = ClusterKeys.parse(ONE)
  expect(keys.opened(text, 'r')).toMatchObject({
    damaged: false,
    why: expect.stringMatching(/^is not encrypted.*'plaintext'/) as string
  })
  expect(ClusterKeys.parse(`${ONE}\nplaintext\n`).opened(text, 'r')).toBe(text)
  expect(none.opened(keys.sealed(text, 'r'), 'r')).toMatchObject({
    damaged: false,
    why: expect.stringMatching(/this node has none: give --cluster-keys FILE$/) as string
  })
})

test.each([
  ['', /^cluster: the file of keys has none\. Make one with: openssl rand -hex 32$/],
  ['plaintext', /the file of keys has none/],
  [
    `${ONE}\n\nhunter2`,
    /^cluster: line 3 of the keys is no key; expected 64 hexadecimal digits, base64 of 32 bytes, or plaintext/
  ],
  [`${ONE}00`, /line 1 of the keys is no key/],
  ['f'.repeat(43), /open/]
])('the keys %j', (keys, why) => {
  let message = 'open'
  try { ClusterKeys.parse(keys) } catch (error) { message = (error as Error).message }
  expect(message).toMatch(why)
  expect(message).not.toMatch(/hunter2|1111/)
})
