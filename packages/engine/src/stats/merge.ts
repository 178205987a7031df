import { emptyRecord } from '@weirlb/model'
import { peaks, type EngineStats, type ExtensionStats } from './stats.ts'

type Tree = { [name: string]: number | Tree }

/** How far below the collections the leaves of an entity stand: collection, entity, leaf. */
const ENTITY = 2

const addInto = (total: Tree, part: Tree, depth: number): void => {
  for (const [name, value] of Object.entries(part)) {
    const present = total[name]
    if (typeof value === 'number') {
      const before = typeof present === 'number' ? present : 0
      // Deeper names are the extension's own.
      total[name] = depth === ENTITY && peaks.has(name) ? Math.max(before, value) : before + value
    } else {
      const branch: Tree = typeof present === 'object' ? present : emptyRecord()
      total[name] = branch
      addInto(branch, value, depth + 1)
    }
  }
}

const merge = <T extends object>(parts: readonly T[], depth: number): T => {
  const total: Tree = emptyRecord()
  for (const part of parts) addInto(total, part as unknown as Tree, depth)
  return total as unknown as T
}

/** Add up the statistics of several processes; of peaks the largest is kept. The parts are not changed. */
export const mergeStats = (parts: readonly EngineStats[]): EngineStats => merge(parts, 0)

/** The same for one extension. */
export const mergeExtensionStats = (parts: readonly ExtensionStats[]): ExtensionStats => merge(parts, ENTITY)
