import { readJson } from './json-file.ts'
import { SessionRecordWriter } from './session-records.ts'

/** A persistence entry as Weir 0.1 kept it. */
interface SavedSession {
  readonly lbVserver: string
  /** latin1 form, or the hash of a long key. */
  readonly key: string
  readonly service: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

const isSessions = (value: unknown): value is SavedSession[] =>
  Array.isArray(value) &&
  value.every(s =>
    ['lbVserver', 'key', 'service'].every(field => typeof s?.[field] === 'string') && typeof s.expiresAt === 'number'
  )

/** Entries that are made into records at once. */
const PART = 1000

/** The `sessions.json` of a state directory that an older version left, as records; nothing when there is none. */
export async function * readSessionsJson (path: string): AsyncGenerator<Uint8Array> {
  const sessions = await readJson(path, isSessions) ?? []
  const now = Date.now()
  const writer = new SessionRecordWriter()
  for (const [i, { lbVserver, key, service, expiresAt }] of sessions.entries()) {
    // Their release time is unknown: they count as older than all later ones.
    writer.onFreed(lbVserver, key, service, Infinity, expiresAt - now)
    if (i % PART === 0) yield writer.take()
  }
  yield writer.take()
}
