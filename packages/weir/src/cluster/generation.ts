import { randomUUID } from 'node:crypto'
import { WeirError } from '@weirlb/model'
import { version } from '../version.ts'
import type { SharedStore } from './shared-store.ts'

/**
 * The format of all that nodes write to a shared store: entries, cards, bans, the configuration's head and texts, and
 * messages. Nodes of one format work together, whatever their versions. It grows when an older node could no longer
 * read what a newer one writes; the guide lists the versions of each.
 */
export const SHARED_FORMAT = 1

const KIND = 'store'
const NAME = 'generation'

/** What one life of the store is called, from the first node that found it empty: `FORMAT UUID`. */
export class Generation {
  readonly #store: SharedStore
  readonly #format: number
  #known = ''

  constructor (store: SharedStore, format: number = SHARED_FORMAT) {
    this.#store = store
    this.#format = format
  }

  /**
   * False: the store has lost what it had since the last call. Rejects with store-format if nodes of another format
   * have it.
   */
  async same (): Promise<boolean> {
    await this.#store.write({ kind: KIND, name: NAME, value: `${this.#format} ${randomUUID()}`, expect: 0 })
    const found = (await this.#store.read(KIND)).find(({ name }) => name === NAME)?.value ?? this.#known
    // The first nodes wrote no number.
    const format = Number(/^(\d+) /.exec(found)?.[1] ?? 1)
    if (format !== this.#format) throw formatDiffers(format, this.#format)
    const before = this.#known
    this.#known = found
    return before === '' || before === found
  }
}

/** The error for a store that nodes of another format have. */
export const formatDiffers = (theirs: number, own: number): WeirError => new WeirError('store-format',
  `nodes of another version of Weir have the shared store, and write format ${theirs}; Weir ${version} reads and writes format ${own}. Run versions of one format on all nodes, or give these another prefix: ?prefix=TEXT`)
