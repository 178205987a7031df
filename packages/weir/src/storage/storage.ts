import type { Config } from '@weirlb/model'
import type { AcmeArchive } from './acme-archive.ts'
import type { Histories } from './extension-history.ts'
import type { JobArchive } from './job-archive.ts'
import type { NameArchive } from './name-archive.ts'
import type { SessionArchive } from './session-archive.ts'
import type { SecretArchive } from './secret.ts'

/** A configuration as it was committed. */
export interface SavedRevision {
  readonly revision: number
  /** ISO 8601. */
  readonly savedAt: string
  /** Complete: private keys included. */
  readonly config: Config
  /** Versions of the extensions; a revision that was saved without them has first versions. */
  readonly extensions?: Histories | undefined
}

/** Revisions that are kept besides the current one can be read back: the last 20, the current one included. */
export const historyLength = 20

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
  /** Where the addresses of host names are kept; without it, they are looked up after a restart before they are known. */
  readonly names?: NameArchive | undefined
  /** Take it for this Weir alone, until `close`. Rejects when another one has it. */
  open (): Promise<void>
  /** Let it go; idempotent. */
  close (): Promise<void>
  /** The current revision; undefined when nothing was ever saved. */
  load (): Promise<SavedRevision | undefined>
  /** Make this the current revision. When it rejects, the previous one is still current. */
  save (revision: SavedRevision): Promise<void>
  /** The last revisions, newest first. */
  history (): Promise<readonly SavedRevision[]>
}
