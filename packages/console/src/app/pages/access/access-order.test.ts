import type { AccessRule } from '@weirlb/admin/client'
import { expect, test } from 'vitest'
import { inOrder, kindOf } from './access-order.ts'

const rule = (
  name: string,
  action: AccessRule['action'],
  source: string,
  more: Partial<AccessRule> = {}
): AccessRule => ({ name, action, source, vservers: [], state: 'enabled', ...more })

test.each([
  ['2001:db8::/32', 'network'],
  ['192.0.2.7', 'network'],
  ['AS64496', 'asn'],
  ['DE', 'country'],
  ['T1', 'country'],
  ['$partners', 'list'],
  ['::1', 'network']
])('%s is of a %s', (source, kind) => {
  expect(kindOf(source)).toBe(kind)
})

test('allow is before block and challenge, a narrow source before a wide one, and what decides nothing is last', () => {
  const rules = [
    rule('country', 'block', 'DE'),
    rule('wide', 'block', '192.0.2.0/24'),
    rule('first-list', 'block', '$a'),
    rule('second-list', 'block', '$b'),
    rule('narrow', 'block', '192.0.2.7'),
    rule('v6', 'block', '2001:db8::/32'),
    rule('as', 'block', 'AS64496'),
    rule('proof', 'challenge', '192.0.2.1'),
    rule('trusted', 'allow', '0.0.0.0/0'),
    rule('off', 'allow', '192.0.2.1', { state: 'disabled' }),
    rule('over', 'allow', '192.0.2.2', { status: { value: 'expired' } })
  ]
  expect(inOrder(rules).map(({ name }) => name)).toEqual([
    'trusted',
    'narrow',
    'wide',
    'v6',
    'first-list',
    'second-list',
    'as',
    'country',
    'proof',
    'off',
    'over'
  ])
})
