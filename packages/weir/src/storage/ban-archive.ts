import { join } from 'node:path'
import { atomicWrite } from './atomic-write.ts'
import { readJson } from './json-file.ts'
import { attempt } from './storage-failure.ts'

/** A ban on its way over a restart. */
export interface SavedBan {
  readonly address: string
  readonly by?: string | undefined
  readonly comment?: string | undefined
  /** Milliseconds since 1970 (UTC), as is `endsAt`. */
  readonly since: number
  readonly endsAt: number
  /** How long it was to last when it was made. */
  readonly forMs: number
}

/** Keeps bans over a restart. Both reject with `storage-failed`. */
export interface BanArchive {
  load (): Promise<readonly SavedBan[] | undefined>
  save (bans: readonly SavedBan[]): Promise<void>
}

/** Keeps them in `DIR/bans.json`, which only its owner can read (mode 0600). */
export class BanFile implements BanArchive {
  readonly #path: string

  constructor (directory: string) { this.#path = join(directory, 'bans.json') }

  async load (): Promise<readonly SavedBan[] | undefined> {
    return (await readJson(this.#path, isSaved))?.bans
  }
  async save (bans: readonly SavedBan[]): Promise<void> {
    await attempt('save', this.#path, async () => {
      await atomicWrite(this.#path, JSON.stringify({ bans }))
    })
  }
}

const isSaved = (value: unknown): value is { readonly bans: readonly SavedBan[] } => {
  const { bans } = (value ?? {}) as { readonly bans?: unknown }
  return Array.isArray(bans) && bans.every(isSavedBan)
}

const isSavedBan = (value: unknown): value is SavedBan => {
  const { address, since, endsAt, forMs } = (value ?? {}) as Partial<Record<keyof SavedBan, unknown>>
  return typeof address === 'string' &&
    [since, endsAt, forMs].every(each => typeof each === 'number' && Number.isFinite(each))
}
