import type { CollectionName } from '@weirlb/model'
import { begins } from '../words/match-word.ts'

/**
 * What a word was read as: a value, the values that it could have been, or why NetScaler's value is outside of Weir's
 * world.
 */
export type Reading = { readonly value: unknown } | { readonly expected: string, readonly choices?: readonly string[] } | { readonly outside: string }

/** How a word becomes a value, and a value a word. */
export interface Kind {
  /** As a synopsis shows it: `<name>`, `( YES | NO )`. */
  readonly synopsis: string
  /** The words there are, for completion. */
  readonly keywords?: readonly string[]
  /** The value names an entity of this collection. */
  readonly collection?: CollectionName
  /** A word of it is a secret, and no message shows it. */
  readonly secret?: true
  read (word: string): Reading
  /** Undefined for a value that has no word. */
  write (value: unknown): string | undefined
}

/** Any text. */
export const text = (name: string, more: Pick<Kind, 'collection' | 'secret'> = {}): Kind => ({
  synopsis: `<${name}>`,
  ...more,
  read: word => ({ value: word }),
  write: value => typeof value === 'string' ? value : undefined
})

/** The name of an entity. */
export const nameOf = (collection: CollectionName, synopsis = 'name'): Kind => text(synopsis, { collection })

/** A number of a unit; the value has `scale` times as many. */
export const number = (unit: string, scale = 1): Kind => ({
  synopsis: `<${unit}>`,
  read: word => /^-?\d+(\.\d+)?$/.test(word) ? { value: Number(word) * scale } : { expected: `a number of ${unit}` },
  write: value => {
    if (typeof value !== 'number') return undefined
    const count = value / scale
    return (scale === 1 ? /^-?\d+(\.\d+)?$/.test(String(count)) : Number.isInteger(count)) ? String(count) : undefined
  }
})

/** A number of things, 1 or more. */
export const count = (unit: string): Kind => ({
  synopsis: `<${unit}>`,
  read: word => /^[1-9]\d{0,8}$/.test(word) ? { value: Number(word) } : { expected: `a number of ${unit}, 1 or more` },
  write: value => String(value)
})

/**
 * One of some words, each with its value. Words are taken in any case, with `-` and `_` or without, and abbreviated.
 * The first word of a value writes it.
 */
export const keywords = (
  values: Readonly<Record<string, unknown>>,
  shown: readonly string[] = Object.keys(values)
): Kind => {
  const names = Object.keys(values)
  return {
    synopsis: shown.length === 1 ? shown[0]! : `( ${shown.join(' | ')} )`,
    keywords: shown,
    read: word => {
      const found = names.filter(name => bare(name) === bare(word))
      const meant = found.length > 0 ? found : names.filter(name => begins(word, { name }))
      const distinct = new Set(meant.map(name => values[name]))
      return distinct.size === 1
        ? { value: values[meant[0]!] }
        : { expected: `one of ${shown.join(', ')}`, choices: shown }
    },
    write: value => names.find(name => values[name] === value)
  }
}

const bare = (word: string): string => word.toLowerCase().replace(/[-_]/g, '')

/** The same kind, with words of NetScaler that Weir has no value for: what they are for is skipped, with the reason. */
export const withForeign = (kind: Kind, words: readonly string[], reason: string): Kind => ({
  ...kind,
  read: word => {
    const reading = kind.read(word)
    return !('value' in reading) && words.some(foreign => foreign.toLowerCase() === word.toLowerCase())
      ? { outside: `${word}: ${reason}` }
      : reading
  }
})

/** YES or NO, in any of NetScaler's spellings. `yes` and `no` are those that are shown. */
export const toggle = (yes: string, no: string): Kind =>
  keywords({
    [yes]: true,
    [no]: false,
    YES: true,
    NO: false,
    ENABLED: true,
    DISABLED: false,
    ON: true,
    OFF: false,
    TRUE: true,
    FALSE: false
  }, [yes, no])

/** Several of a kind, separated by commas. An empty word is an empty list. */
export const list = (kind: Kind): Kind => ({
  ...kind,
  synopsis: `${kind.synopsis}[,…]`,
  read: word => {
    const values: unknown[] = []
    for (const part of word === '' ? [] : word.split(',')) {
      const reading = kind.read(part)
      if (!('value' in reading)) return reading
      values.push(reading.value)
    }
    return { value: values }
  },
  write: value => {
    if (!Array.isArray(value)) return undefined
    const words = value.map(one => kind.write(one))
    const fits = words.every(word => word !== undefined && word !== '' && !word.includes(','))
    return fits ? words.join(',') : undefined
  }
})

/** Any value, as JSON. */
export const json = (name: string): Kind => ({
  synopsis: `<${name} as JSON>`,
  read: word => {
    try { return { value: JSON.parse(word) as unknown } } catch { return { expected: 'JSON' } }
  },
  write: value => JSON.stringify(value)
})
