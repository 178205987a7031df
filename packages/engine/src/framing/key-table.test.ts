import { describe, expect, test } from 'vitest'
import { frame, type DeclaredKeys } from '@weirlb/sdk'
import { compileKeys, type KeyTable } from './key-table.ts'

const keys: DeclaredKeys = {
  commands: [{ names: ['GET', 'SET', 'NAMES-OF_2'], key: { element: 1 } }, { names: ['DEL'], key: { element: 1 }, elements: 2 }, { names: ['OBJECT'], key: { element: 2 } }],
  hashTag: '{}'
}
const elements = compileKeys(
  keys,
  frame.elements({
    lines: '+',
    bodies: '$',
    groups: { '*': 1, '%': 2 },
    prefixes: { '|': 1 },
    otherwise: 'line',
    within: 1e6,
    max: 1e6
  })
)!
const lines = compileKeys(keys, frame.lines({ max: 1000 }))!
const ended = compileKeys({ ...keys, hashTag: '' }, frame.delimiter({ bytes: [13, 10], max: 1000 }))!

/** The token of a message that stands between others, of which so many bytes are shown. */
const tokenOf = (table: KeyTable, message: string, shown = message.length): string | undefined => {
  const bytes = Uint8Array.from(Buffer.from(`*1${message}$9`, 'latin1'))
  return table.find(bytes, 2, 2 + shown) ? table.tokenIn(bytes) : undefined
}
const list = (...words: string[]): string =>
  `*${words.length}\r\n${words.map(word => `$${word.length}\r\n${word}\r\n`).join('')}`

describe('the key of a list', () => {
  test.each([
    [['GET', 'k'], 'k'],
    [['gEt', 'k', 'more'], 'k'],
    [['names-of_2', 'k'], 'k'],
    [['DEL', 'k'], 'k'],
    [['OBJECT', 'ENCODING', 'k'], 'k'],
    [['GET', 'ü\0\r\n'], 'ü\0\r\n'],
    [['GET', 'a{tag}b'], 'tag'],
    [['GET', '{tag}{other}'], 'tag'],
    [['GET', 'a{}b'], 'a{}b'],
    [['GET', 'a{b'], 'a{b'],
    [['GET', 'a}b{c'], 'a}b{c'],
    [['GET', 'a{{b}c'], '{b'],
    [['GET', `{t}${'x'.repeat(600)}`], 't'],
    [['GET'], undefined],
    [['GET', ''], undefined],
    [['DEL', 'k', 'l'], undefined],
    [['OBJECT', 'k'], undefined],
    [['GETS', 'k'], undefined],
    [['GE', 'k'], undefined],
    [['', 'k'], undefined],
    [['names of_2', 'k'], undefined],
    [['NAMES\rOF_2', 'k'], undefined],
    [['NAMES-OF\x7f2', 'k'], undefined],
    [['x'.repeat(40), 'k'], undefined],
    [['GET', 'x'.repeat(513)], undefined]
  ])('%j: %s', (words, token) => {
    expect(tokenOf(elements, list(...words))).toBe(token)
  })

  test.each([
    'get k\r\n',
    '*0\r\n',
    '*-1\r\n',
    '%1\r\n$3\r\nGET\r\n$1\r\nk\r\n',
    '|2\r\n$3\r\nGET\r\n$1\r\nk\r\n',
    '*2\r\n+GET\r\n$1\r\nk\r\n',
    '*2\r\n$3\r\nGET\r\n+k\r\n',
    '*2\r\n$3\r\nGET\r\n$-1\r\n',
    '*2\r\n$3\r\nGET\r\n*1\r\n$1\r\nk\r\n',
    // Servers may close at what stands behind the key.
    '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$-1\r\n',
    '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n*0\r\n',
    '*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n+w\r\n'
  ])(
    'is not found in %j',
    message => {
      expect(tokenOf(elements, message)).toBeUndefined()
    }
  )

  test('has to be among the bytes that are shown, whole', () => {
    const message = list('GET', 'key')
    const shown = Array.from({ length: message.length + 1 }, (_, n) => tokenOf(elements, message, n))
    expect(shown).toEqual([...Array<undefined>(message.length - 2).fill(undefined), 'key', 'key', 'key'])
  })
})

describe('the key of a line', () => {
  test.each([
    ['get k\r\n', 'k'], ['get k\n', 'k'], ['GET k more\r\n', 'k'], ['object a {b}c\n', 'b'], ['object a b c\n', 'b'], ['del k\n', 'k'],
    ['get  k\n', undefined], [' get k\n', undefined], ['get k \n', undefined], ['get\tk\n', undefined], ['get "k"\n', undefined], ["get 'k'\n", undefined], ['get k\\x\n', undefined],
    ['get ü\n', undefined], ['get k\0\n', undefined], ['get\n', undefined], ['\n', undefined], ['\r\n', undefined], ['del k l\n', undefined], ['gets k\n', undefined], ['get k', undefined]
  ])('%j: %s', (line, token) => { expect(tokenOf(lines, line)).toBe(token) })

  test('whatever it ends with', () => {
    expect([tokenOf(ended, 'get {a}b\r\n'), tokenOf(ended, 'get k\n'), tokenOf(ended, 'get k\r\n', 6)]).toEqual([
      '{a}b',
      undefined,
      undefined
    ])
  })
})
