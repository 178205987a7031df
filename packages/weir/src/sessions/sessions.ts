import type { SessionDirectory, SessionEntry } from '@weirlb/engine'
import type { LbVserver } from '@weirlb/model'
import type { SessionQuery } from '../data-plane.ts'
import type { SavedSession } from '../storage/storage.ts'

/** The sessions of a Weir, as its data planes use them: its own table, or a store of the program around it. `holder` is a worker's number. */
export interface Sessions {
  /** A worker may have the table in its own memory while it is the only one. */
  readonly ownable: boolean
  directory (holder: number): SessionDirectory
  /** Drop what the configuration no longer allows: entries of LB vservers that do not pin, and entries that name a service which is not bound. */
  configure (lbVservers: readonly LbVserver[]): void
  /** The holder is gone: its entries live on for the time that is configured. */
  releaseAll (holder: number): void
  list (query: SessionQuery): readonly SessionEntry[] | Promise<readonly SessionEntry[]>
  delete (query: SessionQuery): number | Promise<number>
  /** What is to be kept over a restart; a store keeps its own. */
  save (): SavedSession[]
  restore (sessions: readonly SavedSession[]): void
}
