import { cpSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'

/** What a later release must find in a state directory. */
export interface StateExpectations {
  readonly version: string
  /** When it was written, in milliseconds since 1970. */
  readonly writtenAt: number
  readonly revision: number
  readonly config: object
  readonly sessions: readonly { readonly lbVserver: string, readonly type: string, readonly key: string, readonly service: string }[]
  readonly jobs: readonly { readonly id: string, readonly kind: string, readonly state: string }[]
  /** Versions of the extension `lines` that a rollback returns to. */
  readonly versions: readonly number[]
}

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url))

/** Folders of the state directories that releases have left. */
export const stateFixtures: readonly string[] = readdirSync(fixtures).filter(name => name.startsWith('state-')).map(name => join(fixtures, name))

/** What a fixture's directory must be found to hold. */
export const expectationsOf = (fixture: string): StateExpectations => JSON.parse(readFileSync(join(fixture, 'expected.json'), 'utf8')) as StateExpectations

/** Bytes before the texts of a record of sessions, as 0.1 writes them: see SessionRecordWriter. */
const HEADER = 24

/**
 * Copy the state of a fixture. Its sessions are made as old as if it had been written now: entries live for a year at
 * most, and fixtures longer.
 */
export const copyState = (fixture: string, to: string): void => {
  cpSync(join(fixture, 'state'), to, { recursive: true })
  const age = Date.now() - expectationsOf(fixture).writtenAt
  for (const file of globSync('sessions/*.{log,snapshot}', { cwd: to })) {
    const bytes = readFileSync(join(to, file))
    for (let at = 0; at + HEADER <= bytes.length;) {
      const length = HEADER + bytes[at + 5]! + bytes[at + 6]! + bytes[at + 7]!
      const time = bytes.readDoubleLE(at + 8)
      if (time > 0) bytes.writeDoubleLE(time + age, at + 8)
      bytes.writeUInt32LE(crc32(bytes.subarray(at + 4, at + length)), at)
      at += length
    }
    writeFileSync(join(to, file), bytes)
  }
}
