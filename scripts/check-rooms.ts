import { existsSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { findCycle } from './find-cycle.ts'
import { importsOf, isTest, sourcesOf } from './imports.ts'
import type { Rooms } from './rooms.ts'

/**
 * Returns the room of a file of `src`: the deepest folder above it with a row, else the first one. A file directly in
 * `src` has its own row, else `.`.
 */
const roomOf = (src: string, file: string, table: Rooms): string => {
  const folders = relative(src, dirname(file)).split(sep).filter(part => part !== '')
  if (folders.length === 0) return table[basename(file)] === undefined ? '.' : basename(file)
  for (let depth = folders.length; depth > 0; depth--) {
    const room = folders.slice(0, depth).join('/')
    if (table[room] !== undefined) return room
  }
  return folders[0]!
}

/**
 * Imports between the rooms of the packages at `root` that their tables do not have, rooms without a row, tables that
 * go round, and exceptions that nothing needs. Tests may import from any room of their package. Each problem is a line
 * of text.
 */
export const checkRooms = (
  root: string,
  folders: readonly string[],
  tables: Readonly<Record<string, Rooms>>,
  exceptions: readonly string[]
): string[] => {
  const problems: string[] = []
  const needed = new Set<string>()
  for (const folder of folders) {
    const src = join(root, folder, 'src')
    if (!existsSync(src)) continue
    const table = tables[folder] ?? {}
    const cycle = findCycle(new Map(Object.entries(table)))
    if (cycle !== undefined) problems.push(`${folder}: the table of its rooms goes round: ${cycle}`)
    const seen = new Set<string>()
    for (const file of sourcesOf(src)) {
      if (isTest(src, file)) continue
      const room = roomOf(src, file, table)
      seen.add(room)
      if (room !== '.' && table[room] === undefined) {
        problems.push(`${relative(root, file)}: the room ${room} of ${folder} has no row in scripts/rooms.ts`)
        continue
      }
      // Without a row the files of `src` itself are on top.
      const below = table[room]
      if (below === undefined) continue
      for (const specifier of importsOf(file)) {
        if (!specifier.startsWith('.')) continue
        const target = resolve(dirname(file), specifier)
        // Imports outside the package are another check's.
        if (relative(src, target).startsWith('..')) continue
        const other = roomOf(src, target, table)
        if (other === room || below.includes(other)) continue
        const arrow = `${relative(root, file)} → ${other}`
        if (exceptions.includes(arrow)) needed.add(arrow)
        else problems.push(
            `${relative(root, file)}: import '${specifier}': ${other} is not below ${room}, which may import: ${
              below.join(', ') || 'nothing'
            }`
          )
      }
    }
    for (const room of Object.keys(table))
      if (!seen.has(room)) problems.push(`${folder}: the room ${room} of scripts/rooms.ts has no file`)
  }
  for (const arrow of exceptions)
    if (!needed.has(arrow)) problems.push(
        `the exception '${arrow}' is no longer needed: take it out of scripts/rooms.ts`
      )
  return problems
}
