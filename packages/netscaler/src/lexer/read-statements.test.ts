import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quoteWord } from './quote-word.ts'
import { readStatements } from './read-statements.ts'

const words = (text: string): string[][] => readStatements(text).map(({ words }) => words.map(({ text }) => text))

describe('commands', () => {
  test.each([
    ['one a line', 'add service a\n\nrm service b\r\n', [['add', 'service', 'a'], ['rm', 'service', 'b']]],
    ['several in a line', 'show service; show lb vs ;sh user vs', [['show', 'service'], ['show', 'lb', 'vs', ';sh', 'user', 'vs']]],
    ['comments', '#NS12.0 Build 53.13\n  # last\nadd service a # the first\nadd service b#c', [['add', 'service', 'a'], ['add', 'service', 'b#c']]],
    ['double quotes', 'a "b c" "d \\"e\\" \\\\ \\d" "" x"y z"', [['a', 'b c', 'd "e" \\ \\d', '', 'xy z']]],
    ['single quotes', "a 'b \"c\" \\n'", [['a', 'b "c" \\n']]],
    ['quotes with q', 'a q/b "c" d/ q{e f} q<g> quiet q_x', [['a', 'b "c" d', 'e f', 'g', 'quiet', 'q_x']]],
    ['a separator in quotes', 'a "b; c" ; d', [['a', 'b; c'], ['d']]],
    ['a byte order mark', '\uFEFFadd service a', [['add', 'service', 'a']]]
  ])('%s', (_, text, expected) => { expect(words(text)).toEqual(expected) })

  test('have the places of their words', () => {
    const [first, second] = readStatements('\n  add "x y"  z; b')
    expect(first).toEqual({ line: 2, text: 'add "x y"  z', words: [{ text: 'add', quoted: false, column: 3 }, { text: 'x y', quoted: true, column: 7 }, { text: 'z', quoted: false, column: 14 }] })
    expect(second).toMatchObject({ line: 2, text: 'b' })
  })

  test.each([['"', 'a\nb "c', 2, 3], ["'", "x 'a b", 1, 3], ['/', 'q/ab', 1, 1], ['}', 'a q{b /', 1, 3]])('a quote %s that is not closed is refused with its place', (delimiter, text, line, column) => {
    expect(() => readStatements(text)).toThrow(expect.objectContaining({ code: 'command-invalid', issues: [expect.objectContaining({ line, column, message: expect.stringContaining(delimiter) as string })] }))
  })

  test('any text can be one word', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), texts => {
      expect(words(texts.map(quoteWord).join(' '))).toEqual([texts])
    }))
  })

  test('no text breaks the reader', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'ab "\'\\q/{};#\n\t-') }), text => {
      try { readStatements(text) } catch (error) { expect(error).toMatchObject({ code: 'command-invalid' }) }
    }))
  })
})
