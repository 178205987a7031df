import { describe, expect, test } from 'vitest'
import { network } from './network.ts'

describe('networks', () => {
  test.each([
    '192.0.2.1',
    '10.0.0.0/8',
    '0.0.0.0/0',
    '10.1.2.3/32',
    '::1',
    '2001:db8::/32',
    '::/0',
    'fe80::/10',
    '::ffff:10.0.0.1'
  ])('%s is one', text => {
    expect(network.safeParse(text).success).toBe(true)
  })

  test.each([
    '',
    'localhost',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0/8',
    '::/129',
    'fe80::1%eth0',
    '10.0.0.0/8/8',
    '[::1]'
  ])('%s is none', text => {
    expect(network.safeParse(text).error?.issues[0]?.message).toContain('expected an IP address or a network')
  })
})
