import { describe, expect, test } from 'vitest'
import type { SessionDirectory } from '@weirlb/engine'

/** A directory under test, as several holders see it, with a clock that the test moves. */
export interface DirectoryBench {
  directory (holder: number): SessionDirectory
  releaseAll (holder: number): void
  advance (ms: number): void
}

/** What every session directory does, wherever the entries are. `releaseAll` lets entries live for 120 s. */
export const sessionDirectorySuite = (name: string, make: () => DirectoryBench): void => {
  describe(name, () => {
    const claim = async (directory: SessionDirectory, key: string, proposal: string, unavailable: readonly string[] = [], lbVserver = 'lb'): Promise<string> =>
      await new Promise(resolve => { directory.claim({ lbVserver, key, proposal, unavailable }, { onClaimed: (service, hit) => { resolve(`${service}${hit ? ' hit' : ''}`) } }) })
    const find = async (directory: SessionDirectory, key: string, lbVserver = 'lb'): Promise<string | undefined> =>
      await new Promise(resolve => { directory.find(lbVserver, key, { onFound: resolve }) })

    test('the first claim makes the entry, every other finds it', async () => {
      const bench = make()
      expect(await claim(bench.directory(1), 'k', 'a')).toBe('a')
      expect(await claim(bench.directory(1), 'k', 'b')).toBe('a hit')
      expect(await claim(bench.directory(2), 'k', 'c')).toBe('a hit')
    })

    test('claims at one time make one entry', async () => {
      const bench = make()
      const answers = await Promise.all([1, 2, 3, 4].map(holder => claim(bench.directory(holder), 'k', `s${holder}`)))
      expect(new Set(answers.map(answer => answer.split(' ')[0])).size).toBe(1)
      expect(answers.filter(answer => answer.endsWith(' hit'))).toHaveLength(3)
    })

    test('an entry whose service cannot be taken is given the proposal', async () => {
      const one = make().directory(1)
      await claim(one, 'k', 'a')
      expect(await claim(one, 'k', 'b', ['a', 'c'])).toBe('b')
      expect(await claim(one, 'k', 'c')).toBe('b hit')
    })

    test('keys of several LB vservers do not meet, whatever bytes are in them', async () => {
      const one = make().directory(1)
      const keys = ['k', 'K', 'k\0', '\0k', '\xff\xfe', 'lb\0k', ' ', '__proto__']
      for (const [i, key] of keys.entries()) {
        expect(await claim(one, key, `s${i}`)).toBe(`s${i}`)
        expect(await claim(one, key, 'other', [], 'lb2')).toBe('other')
      }
      for (const [i, key] of keys.entries()) expect(await find(one, key)).toBe(`s${i}`)
    })

    test('an entry cannot expire while it is held, and lives on after the last hold', async () => {
      const bench = make()
      const [one, two] = [bench.directory(1), bench.directory(2)]
      for (const directory of [one, one, two]) await claim(directory, 'k', 'a')
      one.release('lb', 'k', 1000)
      two.release('lb', 'k', 1000)
      bench.advance(1_000_000)
      expect(await find(one, 'k')).toBe('a')
      one.release('lb', 'k', 1000)
      // The answer says that the release has arrived.
      expect(await find(one, 'k')).toBe('a')
      bench.advance(999)
      expect(await find(two, 'k')).toBe('a')
      bench.advance(1)
      expect(await find(two, 'k')).toBeUndefined()
      expect(await claim(two, 'k', 'b')).toBe('b')
    })

    test('an entry that is claimed again in time is held again', async () => {
      const bench = make()
      const one = bench.directory(1)
      await claim(one, 'k', 'a')
      one.release('lb', 'k', 1000)
      bench.advance(500)
      expect(await claim(one, 'k', 'b')).toBe('a hit')
      bench.advance(5000)
      expect(await find(one, 'k')).toBe('a')
    })

    test('what a holder does not hold it cannot release; no time to live is none', async () => {
      const bench = make()
      const one = bench.directory(1)
      await claim(one, 'k', 'a')
      bench.directory(2).release('lb', 'k', 0)
      one.release('lb', 'unknown', 0)
      expect(await find(one, 'k')).toBe('a')
      one.release('lb', 'k', 0)
      expect(await find(one, 'k')).toBeUndefined()
    })

    test('a pin replaces what stood, and holds it', async () => {
      const bench = make()
      const one = bench.directory(1)
      await claim(one, 'k', 'a')
      one.pin('lb', 'k', 'b')
      one.pin('lb', 'new', 'c')
      bench.advance(1_000_000)
      expect([await find(one, 'k'), await find(one, 'new')]).toEqual(['b', 'c'])
    })

    test('a look makes and holds nothing', async () => {
      const bench = make()
      const one = bench.directory(1)
      expect(await find(one, 'k')).toBeUndefined()
      expect(await claim(one, 'k', 'a')).toBe('a')
      one.release('lb', 'k', 1000)
      await find(one, 'k')
      bench.advance(1000)
      expect(await find(one, 'k')).toBeUndefined()
    })

    test('what a dead holder held lives on for its time, unless another holds it', async () => {
      const bench = make()
      await claim(bench.directory(1), 'alone', 'a')
      await claim(bench.directory(1), 'shared', 'b')
      const two = bench.directory(2)
      await claim(two, 'shared', 'b')
      bench.releaseAll(1)
      bench.advance(119_999)
      expect(await find(two, 'alone')).toBe('a')
      bench.advance(1)
      expect([await find(two, 'alone'), await find(two, 'shared')]).toEqual([undefined, 'b'])
    })
  })
}
