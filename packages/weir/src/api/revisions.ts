import type { Config, RevisionDiff, RevisionInfo } from '@weirlb/model'
import type { Versioned, WriteOptions } from '../config/versioned.ts'

/** A revision with its configuration, without private keys. */
export interface RevisionDocument extends RevisionInfo {
  readonly config: Config
}

/**
 * The last revisions of the configuration: 100 at most, and of those older than the current one, as many as have room
 * in 64 MiB, or in memory in 16. Every method rejects with not-found for one that is not kept, and with storage-failed.
 */
export interface RevisionHistory {
  /** The newest first. */
  list (): Promise<readonly RevisionInfo[]>
  get (id: number): Promise<RevisionDocument>
  /**
   * What differs between two revisions. Default of `from`: the one before; the first one is compared with an empty
   * configuration.
   */
  diff (id: number, from?: number): Promise<RevisionDiff>
  /**
   * Run the configuration of a revision again, private keys included, as a new revision. `ifMatch` is of the whole
   * configuration. Rejects as `config.replace` does.
   */
  rollback (id: number, options?: WriteOptions): Promise<Versioned<Config>>
}
