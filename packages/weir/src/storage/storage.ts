import type { Config, RevisionAuthor, RevisionSummary } from '@weirlb/model'
import type { AcmeArchive } from './acme-archive.ts'
import type { BanArchive } from './ban-archive.ts'
import type { Histories } from './extension-history.ts'
import type { JobArchive } from './job-archive.ts'
import type { NameArchive } from './name-archive.ts'
import type { SessionArchive } from './session-archive.ts'
import type { SecretArchive } from './secret.ts'
import type { TokenArchive } from './token-archive.ts'

/** What is kept of a revision beside its configuration. */
export interface RevisionRecord {
  readonly revision: number
  /** ISO 8601. */
  readonly savedAt: string
  /** What made it; a revision that an older Weir saved has none. */
  readonly author?: RevisionAuthor | undefined
  /** The revision whose configuration it restored. */
  readonly rollbackTo?: number | undefined
  /** How it differs from the one before it. */
  readonly summary?: RevisionSummary | undefined
}

/** A configuration as it was committed. */
export interface SavedRevision extends RevisionRecord {
  /** Complete: private keys included. */
  readonly config: Config
  /** Versions of the extensions; a revision that was saved without them has first versions. */
  readonly extensions?: Histories | undefined
}

/** Revisions that can be read back, the current one included. Older ones are forgotten. */
export const MAX_REVISIONS = 100
/** Characters of all of them together. The current one is kept whatever its size. */
export const MAX_REVISION_CHARACTERS = 64 * 1024 * 1024

/** Returns how many revisions are kept, of those with these sizes, newest first. */
export const revisionsKept = (sizes: readonly number[], maxCharacters = MAX_REVISION_CHARACTERS): number => {
  let characters = 0
  for (const [i, size] of sizes.entries()) {
    characters += size
    if (i > 0 && (i >= MAX_REVISIONS || characters > maxCharacters)) return i
  }
  return sizes.length
}

/** Where the configuration and the sessions of a Weir are kept. Everything rejects with `storage-failed`. */
export interface Storage {
  /** Where the sessions are kept. It is closed before the storage is. */
  readonly sessions: SessionArchive
  /** Where the secret of TLS tickets is kept; without it, clients do full handshakes after a restart. */
  readonly ticketSecret?: SecretArchive | undefined
  /** Where the secret of affinity cookies is kept; without it, browsers are balanced anew after a restart. */
  readonly cookieSecret?: SecretArchive | undefined
  /** Where accounts at authorities and issued certificates are kept; without it, both are new after a restart. */
  readonly acme?: AcmeArchive | undefined
  /** Where jobs are kept; without it, they end with the process. */
  readonly jobs?: JobArchive | undefined
  /** Where bans are kept; without it, they end with the process. */
  readonly bans?: BanArchive | undefined
  /**
   * Where the addresses of host names are kept; without it, they are looked up after a restart before they are known.
   */
  readonly names?: NameArchive | undefined
  /** Where the API's named tokens are kept; without it, they end with the process. */
  readonly tokens?: TokenArchive | undefined
  /** Take it for this Weir alone, until `close`. Rejects when another one has it. */
  open (): Promise<void>
  /** Let it go; idempotent. */
  close (): Promise<void>
  /** What `load` has found damaged and what it took in its place, for the log; undefined if nothing was. */
  readonly damage?: string | undefined
  /** The current revision, or the last good one if that is damaged; undefined when nothing was ever saved. */
  load (): Promise<SavedRevision | undefined>
  /** Make this the current revision. When it rejects, the previous one is still current. */
  save (revision: SavedRevision): Promise<void>
  /** The last revisions without their configurations, newest first. */
  revisions (): Promise<readonly RevisionRecord[]>
  /** One of them; undefined for one that is not kept. */
  revision (revision: number): Promise<SavedRevision | undefined>
}
