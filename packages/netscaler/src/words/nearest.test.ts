import { expect, test } from 'vitest'
import { matchWord } from './match-word.ts'
import { didYouMean, nearest } from './nearest.ts'

test.each([
  ['servce', ['server', 'service', 'monitor'], ['service', 'server']],
  ['-maxClents', ['-maxClient', '-state'], ['-maxClient']],
  ['vsrever', ['vserver'], ['vserver']],
  ['x', ['ab'], []],
  ['', ['a'], []]
])('%s may have meant', (word, choices, expected) => { expect(nearest(word, choices)).toEqual(expected) })

test('nothing is offered where nothing is near', () => {
  expect(didYouMean('zzz', ['alpha'])).toBe('')
  expect(didYouMean('alhpa', ['alpha'])).toBe("; did you mean 'alpha'?")
})

test('a word is matched in any case, exactly before abbreviated', () => {
  const choices = [{ name: 'service' }, { name: 'serviceGroup' }, { name: 'vserver', aliases: ['vs'] }]
  expect(matchWord('SERVICE', choices)).toEqual([choices[0]])
  expect(matchWord('serv', choices)).toEqual([choices[0], choices[1]])
  expect(matchWord('Vs', choices)).toEqual([choices[2]])
  expect(matchWord('nothing', choices)).toEqual([])
})
