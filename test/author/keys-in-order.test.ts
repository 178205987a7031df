import { encodeUtf8, forward } from '@weirlb/sdk'
import { everySplit } from '@weirlb/testing'
import { expect, test } from 'vitest'
import keys from './fixtures/keys-in-order.ts'

test('the protocol of the guide answers in turn', () => {
  const t = everySplit(keys, [{ client: encodeUtf8('GET a\nSHUTDOWN\nNOTE b\nGET c\n') }, { server: encodeUtf8('A\nC\n') }])
  expect(t.verdicts).toEqual([forward({ token: 'a' }), { op: 'drop' }, forward({ token: 'b', replies: 0 }), forward({ token: 'c' })])
  expect(Buffer.from(t.returned).toString()).toBe('A\nERR not here\nC\n')
  expect(Buffer.from(t.forwarded).toString()).toBe('GET a\nNOTE b\nGET c\n')
})
