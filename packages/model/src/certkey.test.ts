import { describe, expect, test } from 'vitest'
import { keyApart } from './certkey.ts'
import type { WeirError } from './error.ts'
import { parseConfig, parseEntity } from './parse-config.ts'
import { pemBlocks } from './pem.ts'

const block = (label: string, body: string): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`
const leaf = block('CERTIFICATE', 'bGVhZg==')
const chain = block('CERTIFICATE', 'Y2hhaW4=')
const key = block('PRIVATE KEY', 'c2VjcmV0')

const failure = (run: () => unknown): WeirError => {
  try { run() } catch (error) { return error as WeirError }
  throw new Error('did not throw')
}

describe('a private key inside `cert`', () => {
  test.each<[string, string, string]>([
    ['behind the certificate', leaf + key, leaf],
    ['before it', key + leaf, leaf],
    ['between certificates', leaf + key + chain, leaf + chain],
    ['twice', key + leaf + key, leaf],
    ['right behind the last line', leaf.trimEnd() + key, leaf],
    ['with lines of other text', `subject=CN = a\n${leaf}some words\n${key}`, leaf]
  ])('%s becomes `key`', (_, cert, kept) => {
    expect(parseEntity('certkeys', { name: 'c', cert })).toEqual({ name: 'c', cert: kept, key })
    expect(parseConfig({ certkeys: [{ name: 'c', cert }] }).certkeys).toEqual([{ name: 'c', cert: kept, key }])
  })

  test.each(['RSA PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'])('becomes `key` as %s', label => {
    const own = block('EC PARAMETERS', 'BggqhkjOPQMBBw==') + block(label, 'c2VjcmV0')
    expect(keyApart({ cert: leaf + own })).toEqual({ cert: leaf, key: block(label, 'c2VjcmV0') })
  })

  test('may be the one that stands in `key`, whatever its line ends', () => {
    const given = key.replaceAll('\n', '\r\n')
    expect(parseEntity('certkeys', { name: 'c', cert: leaf + key, key: given })).toEqual({
      name: 'c',
      cert: leaf,
      key: given
    })
  })

  test('in a patch takes the place of the key that there is', () => {
    expect(keyApart({ cert: leaf + key })).toEqual({ cert: leaf, key })
    expect(keyApart({ cert: leaf + key, key: null })).toEqual({ cert: leaf, key })
    expect(keyApart({ cert: null })).toEqual({ cert: null })
  })

  test.each<[string, object, string]>([
    ['beside another in `key`', { cert: leaf + key, key: block('PRIVATE KEY', 'b3RoZXI=') }, 'cert'],
    ['beside another in `cert`', { cert: leaf + key + block('PRIVATE KEY', 'b3RoZXI=') }, 'cert'],
    ['that is cut off', { cert: `${leaf}-----BEGIN PRIVATE KEY-----\nc2VjcmV0` }, 'cert'],
    ['within a certificate', { cert: block('CERTIFICATE', `bGVhZg==\n${key}`) }, 'cert'],
    ['in `ca`', { ca: chain + key }, 'ca'],
    ['alone in `ca`', { ca: key }, 'ca']
  ])('%s is refused, and not shown', (_, fields, field) => {
    const error = failure(() => parseEntity('certkeys', { name: 'c', ...fields }))
    expect(error).toMatchObject({
      code: 'config-invalid',
      issues: [{ path: field, message: expect.stringContaining('holds a private key') as string }]
    })
    expect(JSON.stringify([error.message, error.issues])).not.toContain('c2VjcmV0')
  })
})

test('text around certificates is left out, where nothing is cut off', () => {
  expect(keyApart({ cert: `Bag Attributes\n${leaf}${chain}`, ca: `# a\n${chain}# b\n${leaf}` })).toEqual({
    cert: leaf + chain,
    ca: chain + leaf
  })
  const cut = `words\n${leaf}-----BEGIN CERTIFICATE-----\nAAAA`
  expect(keyApart({ cert: cut, ca: cut })).toEqual({ cert: cut, ca: cut })
  expect(keyApart({ cert: 'words' })).toEqual({ cert: 'words' })
})

test('PEM text longer than its limit is refused', () => {
  const within = leaf.padEnd(1024 * 1024)
  expect(parseEntity('certkeys', { name: 'c', key: within }).key).toBe(within)
  expect(failure(() => parseEntity('certkeys', { name: 'c', key: `${within} ` })).issues).toEqual([{
    path: 'key',
    message: 'must be at most 1048576 characters long; got 1048577'
  }])
})

test('what is read stays as it is, however many blocks begin and never end', () => {
  const many = '-----BEGIN CERTIFICATE-----\n'.repeat(200_000)
  expect(pemBlocks(many)).toEqual([{ label: 'CERTIFICATE', text: many, complete: false }])
})
