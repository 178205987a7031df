import { join } from 'node:path'
import { atomicWrite } from './atomic-write.ts'
import { readJson } from './json-file.ts'
import { attempt } from './storage-failure.ts'

/** The jobs of a Weir: those that run, and the last that have ended. */
export interface SavedJobs {
  /** Number of the last one. */
  readonly last: number
  /** Oldest first, as `jobs` of the API shows them. */
  readonly jobs: readonly { readonly id: string, readonly [field: string]: unknown }[]
}

/** Keeps jobs over a restart. Both reject with `storage-failed`. */
export interface JobArchive {
  load (): Promise<SavedJobs | undefined>
  save (jobs: SavedJobs): Promise<void>
}

/** Keeps them in `DIR/jobs.json`, which only its owner can read (mode 0600). */
export class JobFile implements JobArchive {
  readonly #path: string

  constructor (directory: string) { this.#path = join(directory, 'jobs.json') }

  async load (): Promise<SavedJobs | undefined> {
    return await readJson(this.#path, isSavedJobs)
  }
  async save (jobs: SavedJobs): Promise<void> {
    await attempt('save', this.#path, async () => {
      await atomicWrite(this.#path, JSON.stringify(jobs, null, 2))
    })
  }
}

const isSavedJobs = (value: unknown): value is SavedJobs => {
  const { last, jobs } = (value ?? {}) as Partial<Record<keyof SavedJobs, unknown>>
  return Number.isSafeInteger(last) && Array.isArray(jobs) &&
    jobs.every(job => typeof job === 'object' && job !== null && typeof (job as { id?: unknown }).id === 'string')
}
