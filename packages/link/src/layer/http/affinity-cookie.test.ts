import { describe, expect, test } from 'vitest'
import { affinityCookie, CookieKeys, cookieValue, setCookie } from './affinity-cookie.ts'

const cookie = affinityCookie('lb', { secure: 'auto', httpOnly: true, sameSite: 'lax' })

test.each([
  [undefined, undefined],
  ['', undefined],
  ['at', undefined],
  ['at=', ''],
  ['at=1', '1'],
  ['x=0; at=1', '1'],
  ['x=0;at=1;y=2', '1'],
  ['xat=0; at=1', '1'],
  ['at=1; at=2', '1'],
  ['at="1"', '1'],
  ['at="', '"'],
  ['AT=1', undefined],
  ['at =1', undefined],
  [';;; at=1;;', '1'],
  ['at=a=b', 'a=b'],
  ['atx=1', undefined]
])('of the header %j the cookie is %j', (header, value) => {
  expect(cookieValue(header, 'at')).toBe(value)
})

test('the name stands for the LB vserver, and is stable', () => {
  expect([cookie.name, affinityCookie('lb', cookie).name, affinityCookie('other', { ...cookie, name: undefined }).name])
    .toEqual(['weir-fd26db45', 'weir-fd26db45', 'weir-d9298a10'])
})

test('attributes', () => {
  expect(setCookie(cookie, 'v', false)).toBe(`${cookie.name}=v; Path=/; HttpOnly; SameSite=Lax`)
  expect(setCookie(cookie, 'v', true)).toBe(`${cookie.name}=v; Path=/; Secure; HttpOnly; SameSite=Lax`)
  expect(setCookie({ ...cookie, secure: 'never' }, 'v', true)).not.toContain('Secure')
  expect(setCookie({ name: 'n', secure: 'always', httpOnly: false, sameSite: 'none', maxAgeSeconds: 5 }, 'v', false))
    .toBe('n=v; Path=/; Max-Age=5; Secure; SameSite=None')
})

describe('values', () => {
  const keys = new CookieKeys()

  test('are recognised by those who have the secret', () => {
    const [a, b] = [new CookieKeys(), new CookieKeys()]
    a.use(Buffer.alloc(32, 1).toString('base64'))
    b.use(Buffer.alloc(32, 1).toString('base64'))
    const value = a.issue()
    expect(a.clientOf(value)).toHaveLength(12)
    expect([b.clientOf(value), b.markOf('lb', 's')]).toEqual([a.clientOf(value), a.markOf('lb', 's')])
    expect([keys.clientOf(value), keys.markOf('lb', 's') === a.markOf('lb', 's')]).toEqual([undefined, false])
  })

  test('that differ in one character are not', () => {
    const value = keys.issue()
    for (let i = 0; i < value.length; i++) expect(keys.clientOf(value.slice(0, i) + (value[i] === 'A' ? 'B' : 'A') + value.slice(i + 1))).toBeUndefined()
    for (const other of [undefined, '', value.slice(1), `${value}A`, keys.markOf('lb', 's'), '\u00ff'.repeat(32), '='.repeat(32)]) expect(keys.clientOf(other)).toBeUndefined()
  })

  test('name a service of one LB vserver', () => {
    expect(
      new Set([keys.markOf('lb', 's'), keys.markOf('lb', 't'), keys.markOf('l', 'b\0s'), keys.markOf('glb/lb', 's')])
        .size
    ).toBe(4)
  })
})
