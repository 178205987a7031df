import type { Claim, SessionEntry } from '@weir/engine'
import type { LbVserver } from '@weir/model'
import type { SessionQuery } from '../data-plane.ts'
import type { SavedSession } from '../storage/storage.ts'

/** The table of sessions as a data plane needs it; `holder` is a worker's number. */
export interface SessionBook {
  claim (claim: Claim, holder: number): { readonly service: string, readonly hit: boolean }
  pin (lbVserver: string, key: string, service: string, holder: number): void
  release (lbVserver: string, key: string, ttlMs: number, holder: number): void
  /** The holder is gone: it holds nothing any more. */
  releaseAll (holder: number): void
  list (query: SessionQuery): SessionEntry[]
  delete (query: SessionQuery): number
  save (lbVservers: readonly LbVserver[]): SavedSession[]
  restore (sessions: readonly SavedSession[]): void
}
