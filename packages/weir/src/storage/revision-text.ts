import { createHash } from 'node:crypto'
import type { RevisionRecord, SavedRevision } from './storage.ts'

const END = '\n}'
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
const lastField = (text: string): string => `,\n  "sha256": "${hashOf(text)}"${END}`
const LAST_FIELD = /,\n {2}"sha256": "[0-9a-f]{64}"\n\}\s*$/

/**
 * Returns a revision as JSON that has its own hash as the last field. The configuration follows what `recordOf` reads.
 */
export const textOf = ({ config, extensions, ...record }: SavedRevision): string => {
  const text = JSON.stringify({ ...record, config, extensions }, null, 2)
  return `${text.slice(0, -END.length)}${lastField(text)}\n`
}

/** Read it back; a text of an older Weir has no hash. Throws an Error that has the reason if it is damaged. */
export const parseRevision = (text: string): SavedRevision => {
  const hashed = LAST_FIELD.exec(text)
  if (hashed !== null) {
    const whole = `${text.slice(0, hashed.index)}${END}`
    if (!hashed[0].startsWith(lastField(whole))) throw new Error('its content does not match its hash')
    return parsed(whole)
  }
  return parsed(text)
}

const parsed = (text: string): SavedRevision => {
  let value: unknown
  try { value = JSON.parse(text) } catch { throw new Error(text.trim() === '' ? 'it is empty' : 'it is not JSON') }
  if (!isRevision(value)) throw new Error('it was not written by Weir')
  return value
}

const isRevision = (value: unknown): value is SavedRevision => {
  const { revision, config } = (value ?? {}) as Partial<Record<keyof SavedRevision, unknown>>
  return Number.isInteger(revision) && typeof config === 'object' && config !== null && !Array.isArray(config)
}

/** The field that follows those of the record, and nothing deeper: only fields of the whole are indented by two. */
const CONFIG = ',\n  "config": '

/**
 * Returns the record of a revision from the beginning of its text; undefined if that has less than the record, or is
 * damaged.
 */
export const recordOf = (beginning: string): RevisionRecord | undefined => {
  const end = beginning.indexOf(CONFIG)
  if (end < 0) return undefined
  try {
    const record = JSON.parse(`${beginning.slice(0, end)}}`) as RevisionRecord
    return Number.isInteger(record.revision) ? record : undefined
  } catch {
    return undefined
  }
}
