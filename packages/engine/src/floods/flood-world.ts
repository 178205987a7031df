import { FlappingKeys } from './flapping-keys.ts'
import { LoopWatch } from './loop-watch.ts'
import { RecentTable, TABLE_ENTRIES } from './recent-table.ts'
import { Standing } from './standing.ts'

/** One address at a user vserver. */
export interface Source {
  /** The guard that counts it. */
  readonly owner: object
  /** Its open connections. */
  open: number
  /** When its next connect is due by its rate. */
  due: number
  exempt: boolean
  /** The configuration by which it is exempt or not. */
  revision: number
}

/** What the guards of an engine share: tables are bounded over all its user vservers together. */
export class FloodWorld {
  readonly loop = new LoopWatch()
  readonly standing: Standing
  /** By user vserver and address. */
  readonly sources: RecentTable<Source>
  /** By user vserver and key. */
  readonly keys: FlappingKeys
  /** When the engine began, as `performance.now()` has it. */
  readonly startedAt: number
  /** Entries of all tables that went early. */
  evicted = 0

  constructor (startedAt = performance.now()) {
    this.startedAt = startedAt
    const onEvicted = (): void => { this.evicted++ }
    this.standing = new Standing(onEvicted)
    this.sources = new RecentTable(TABLE_ENTRIES, onEvicted, ({ open }) => open > 0)
    this.keys = new FlappingKeys(onEvicted)
  }
}
