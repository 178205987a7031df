import { AssertionError } from 'node:assert'
import { inspect, isDeepStrictEqual } from 'node:util'
import type { Bytes } from '@weirlb/sdk'
import { chunksOf, drive } from './drive.ts'
import type { Chunk, Driven, DriveOptions, Stream } from './driven.ts'
import type { Subject } from './subject.ts'

/** Options of `everySplit`, beside those of a drive. */
export interface SplitOptions extends DriveOptions {
  /** Number of splits at several random places. Default 50. */
  readonly randomCuts?: number
  /** Seed of the random places. Default 1. */
  readonly seed?: number
}

type Marked = ReturnType<typeof chunksOf>[number]

/** A small generator of uniform numbers below 1 (mulberry32): the same places for the same seed. */
const random = (seed: number): () => number => {
  let state = seed >>> 0
  return () => {
    state = state + 0x6d2b79f5 >>> 0
    let t = Math.imul(state ^ state >>> 15, 1 | state)
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32
  }
}

const total = (chunks: readonly Marked[]): number => chunks.reduce((sum, { bytes }) => sum + bytes.length, 0)

/** Returns the chunks split at these places too, counted in bytes from the start of the stream, ascending. */
const cutAt = (chunks: readonly Marked[], places: readonly number[]): Chunk[] => {
  const pieces: Chunk[] = []
  let start = 0
  for (const { side, bytes } of chunks) {
    const inside = places.filter(place => place > start && place < start + bytes.length).map(place => place - start)
    let from = 0
    for (const to of [...inside, bytes.length]) {
      const piece: Bytes = bytes.subarray(from, to)
      pieces.push(side === 0 ? { client: piece } : { server: piece })
      from = to
    }
    start += bytes.length
  }
  return pieces
}

/**
 * Drive a stream whole, split in two at every byte, split into single bytes, and split at several random places:
 * every observable result must be the same. Throws an AssertionError that names the first split with a difference,
 * and the difference. Returns the result of the whole stream; `crossings` is the maximum over the splits.
 */
export const everySplit = (protocol: Subject, stream: Stream, options: SplitOptions = {}): Driven => {
  const chunks = chunksOf(stream)
  const length = total(chunks)
  const whole = drive(protocol, stream, options)
  let { crossings } = whole
  const compare = (places: readonly number[], where: () => string): void => {
    const cut = drive(protocol, cutAt(chunks, places), options)
    crossings = Math.max(crossings, cut.crossings)
    for (const part of Object.keys(whole) as (keyof Driven)[]) {
      if (part === 'crossings' || isDeepStrictEqual(cut[part], whole[part])) continue
      throw new AssertionError({
        message: `${where()}: ${part} are not what the whole stream gives\n  whole: ${
          inspect(whole[part], { depth: 4 })
        }\n  cut:   ${inspect(cut[part], { depth: 4 })}`,
        actual: cut[part],
        expected: whole[part],
        operator: 'everySplit',
        stackStartFn: everySplit
      })
    }
  }
  for (let place = 1; place < length; place++) compare([place], () => `cut at byte ${place}`)
  compare(Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1), () => 'cut at every byte')
  const next = random(options.seed ?? 1)
  for (let n = 0; n < (options.randomCuts ?? 50) && length > 2; n++) {
    const places = [
      ...new Set(Array.from({ length: 2 + Math.floor(next() * 6) }, () => 1 + Math.floor(next() * (length - 1))))
    ].sort((a, b) => a - b)
    compare(places, () => `cut at bytes ${places.join(', ')} (seed ${options.seed ?? 1})`)
  }
  return { ...whole, crossings }
}
