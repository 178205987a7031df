import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { importsOf } from './imports.ts'

/** Lines that a hand-written file may have. */
export const MAX_LINES = 400

interface Override { readonly files: readonly string[], readonly rules: Readonly<Record<string, unknown>> }

/** Oxlint's configuration is JSON with comments on lines of their own. */
const overridesOf = (root: string): readonly Override[] =>
  (JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8').replace(/^\s*\/\/.*$/gm, '')) as {
    overrides?: readonly Override[]
  }).overrides ?? []

/** Whether a file reaches itself through the imports of its package, those of types included. */
const isOnCycle = (root: string, start: string): boolean => {
  const seen = new Set<string>()
  const reaches = (file: string): boolean => importsOf(join(root, file)).some(specifier => {
    if (!specifier.startsWith('.')) return false
    const target = relative(root, resolve(root, dirname(file), specifier))
    if (target === start) return true
    if (seen.has(target) || !existsSync(join(root, target))) return false
    seen.add(target)
    return reaches(target)
  })
  return reaches(start)
}

const linesOf = (root: string, file: string): number =>
  readFileSync(join(root, file), 'utf8').trimEnd().split('\n').length

/** Whether a file still does what the rule forbids. */
const stillBreaks: Readonly<Record<string, (root: string, file: string) => boolean>> = {
  'import/no-cycle': isOnCycle,
  'max-lines': (root, file) => linesOf(root, file) > MAX_LINES
}

/**
 * Files that .oxlintrc.json lists as exceptions from `import/no-cycle` or `max-lines` and that need none: the lists
 * only shrink. Each problem is a line of text.
 */
export const checkExceptions = (root: string): string[] => {
  const problems: string[] = []
  for (const { files, rules } of overridesOf(root)) {
    for (const [rule, breaks] of Object.entries(stillBreaks)) {
      if (rules[rule] === undefined) continue
      for (const file of files) {
        if (existsSync(join(root, file)) && breaks(root, file)) continue
        problems.push(`${file} is no longer an exception from ${rule}: take it out of .oxlintrc.json`)
      }
    }
  }
  return problems
}
