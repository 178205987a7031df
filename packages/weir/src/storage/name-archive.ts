import { isIP } from 'node:net'
import { join } from 'node:path'
import { atomicWrite } from './atomic-write.ts'
import { readJson } from './json-file.ts'
import { attempt } from './storage-failure.ts'

/** An address that a host name had; `port` is that of an SRV record. */
export interface SavedAddress {
  readonly address: string
  readonly host: string
  readonly port?: number | undefined
  readonly weight: number
  readonly priority: number
}

/** The last known addresses by host name. */
export type SavedNames = Readonly<Record<string, readonly SavedAddress[]>>

/** Keeps the addresses of host names over a restart. Both reject with `storage-failed`. */
export interface NameArchive {
  load (): Promise<SavedNames | undefined>
  save (names: SavedNames): Promise<void>
}

/** Keeps them in `DIR/names.json` (mode 0600). */
export class NameFile implements NameArchive {
  readonly #path: string

  constructor (directory: string) { this.#path = join(directory, 'names.json') }

  async load (): Promise<SavedNames | undefined> {
    return await readJson(this.#path, isSaved)
  }
  async save (names: SavedNames): Promise<void> {
    await attempt('save', this.#path, async () => {
      await atomicWrite(this.#path, JSON.stringify(names, null, 2))
    })
  }
}

type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isAddress = (value: unknown): value is SavedAddress =>
  isObject(value) && typeof value['address'] === 'string' && isIP(value['address']) !== 0 &&
  typeof value['host'] === 'string' && isWhole(value['weight'], 1, 100) && isWhole(value['priority'], 0, 65_535) &&
  (value['port'] === undefined || isWhole(value['port'], 1, 65_535))
const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most
const isSaved = (value: unknown): value is SavedNames =>
  isObject(value) && Object.values(value).every(list => Array.isArray(list) && list.every(isAddress))
