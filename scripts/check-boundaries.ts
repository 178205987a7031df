// Holds the import directions. Between packages the arrows below are all there are; between the rooms of a package those of rooms.ts. Type-only imports count.
// What breaks a rule today is listed, here and in .oxlintrc.json, and a list that is longer than it has to be is wrong too.
import { readFileSync, readdirSync, existsSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkExceptions } from './check-exceptions.ts'
import { checkRooms } from './check-rooms.ts'
import { findCycle } from './find-cycle.ts'
import { importsOf, isTest, sourcesOf } from './imports.ts'
import { roomExceptions, rooms } from './rooms.ts'

/** Allowed workspace imports of a package's sources; a name covers all of its entries. */
interface Rule {
  readonly workspace: readonly string[]
  /** Packages from npm. Left out: whatever its package.json has under `dependencies`. */
  readonly npm?: readonly string[]
  /** Runs where there is no Node. */
  readonly noNode?: true
}

const rules: Readonly<Record<string, Rule>> = {
  '@weirlb/model': { workspace: [], npm: ['zod'], noNode: true },
  '@weirlb/sdk': { workspace: [], npm: [], noNode: true },
  '@weirlb/link': { workspace: ['@weirlb/model'], npm: ['koffi', 'undici', 'ws'] },
  '@weirlb/engine': { workspace: ['@weirlb/model', '@weirlb/link', '@weirlb/sdk/abi'], npm: [] },
  '@weirlb/health': { workspace: ['@weirlb/model', '@weirlb/link', '@weirlb/engine', '@weirlb/sdk/abi'], npm: [] },
  '@weirlb/sandbox': { workspace: ['@weirlb/sdk/abi'] },
  '@weirlb/core': { workspace: ['@weirlb/model', '@weirlb/link', '@weirlb/engine', '@weirlb/health', '@weirlb/sandbox', '@weirlb/sdk/abi'] },
  '@weirlb/netscaler': { workspace: ['@weirlb/core', '@weirlb/model'], npm: ['zod'] },
  '@weirlb/metrics': { workspace: ['@weirlb/core'], npm: ['prom-client'] },
  '@weirlb/admin': { workspace: ['@weirlb/core', '@weirlb/metrics', '@weirlb/model', '@weirlb/netscaler'], npm: ['fastify', 'zod'] },
  weirlb: { workspace: ['@weirlb/core', '@weirlb/admin', '@weirlb/netscaler', '@weirlb/sandbox', '@weirlb/model', '@weirlb/testing'] },
  '@weirlb/testing': { workspace: ['@weirlb/sdk', '@weirlb/model', '@weirlb/link', '@weirlb/engine', '@weirlb/sandbox'] }
}
const extensionRule: Rule = { workspace: ['@weirlb/sdk'], noNode: true }

/** npm packages that only one of our packages may import. */
const exclusive: Readonly<Record<string, string>> = { 'isolated-vm': '@weirlb/sandbox', koffi: '@weirlb/link', undici: '@weirlb/link', ws: '@weirlb/link' }

interface Manifest {
  readonly name: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
interface Package { readonly folder: string, readonly manifest: Manifest, readonly rule: Rule }

const builtins = new Set(builtinModules)

const packagesOf = (root: string): Map<string, Package> => {
  const found = new Map<string, Package>()
  for (const group of ['packages', 'extensions']) {
    if (!existsSync(join(root, group))) continue
    for (const entry of readdirSync(join(root, group))) {
      const folder = join(root, group, entry)
      if (!existsSync(join(folder, 'package.json'))) continue
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
      const rule = group === 'extensions' ? extensionRule : rules[manifest.name]
      if (rule === undefined) throw new Error(`${relative(root, folder)}: no rule for ${manifest.name} in scripts/check-boundaries.ts`)
      found.set(manifest.name, { folder, manifest, rule })
    }
  }
  return found
}

const packageName = (specifier: string): string => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
const covers = (allowed: string, specifier: string): boolean => specifier === allowed || specifier.startsWith(`${allowed}/`)

/** Returns the fault of one import, or undefined. */
const judge = (specifier: string, file: string, own: Package, all: ReadonlyMap<string, Package>): string | undefined => {
  const { folder, manifest, rule } = own
  const test = isTest(folder, file)
  if (specifier.startsWith('.')) {
    const outside = relative(folder, resolve(dirname(file), specifier)).startsWith('..')
    return outside ? 'leaves its package' : undefined
  }
  if (specifier.startsWith('node:') || builtins.has(specifier)) {
    if (!specifier.startsWith('node:')) return `write node:${specifier}`
    return rule.noNode === true && !test ? `${manifest.name} has no Node` : undefined
  }
  const target = packageName(specifier)
  const owner = exclusive[target]
  if (owner !== undefined && owner !== manifest.name) return `only ${owner} may import ${target}`
  const workspace = all.get(target)
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies, ...(test ? manifest.devDependencies : {}) }
  if (workspace !== undefined) {
    const door = `.${specifier.slice(target.length)}`
    if (workspace.manifest.exports?.[door] === undefined) return `${target} has no door '${door}'; there are: ${Object.keys(workspace.manifest.exports ?? {}).join(', ')}`
    if (target === manifest.name) return undefined
    if (!test && !rule.workspace.some(allowed => covers(allowed, specifier))) return `not an arrow; ${manifest.name} may import: ${rule.workspace.join(', ') || 'nothing'}`
  } else if (!test && rule.npm !== undefined && !rule.npm.includes(target)) {
    return `${manifest.name} may import from npm: ${rule.npm.join(', ') || 'nothing'}`
  }
  // A test also finds what the workspace root has: vitest, fast-check, clients and brokers.
  if (declared[target] === undefined && !test) return `${target} is not among the dependencies in its package.json`
  return undefined
}

/** Every import of the workspace at `root` that is not an arrow, and every cycle, as a line of text. */
export const checkBoundaries = (root: string): string[] => {
  const packages = packagesOf(root)
  const problems: string[] = []
  const arrows = new Map<string, Set<string>>()
  for (const [name, own] of packages) {
    const out = new Set(Object.keys(own.manifest.dependencies ?? {}).filter(dependency => packages.has(dependency)))
    arrows.set(name, out)
    for (const file of sourcesOf(own.folder)) {
      for (const specifier of importsOf(file)) {
        const problem = judge(specifier, file, own, packages)
        if (problem !== undefined) problems.push(`${relative(root, file)}: import '${specifier}': ${problem}`)
        if (!isTest(own.folder, file) && packages.has(packageName(specifier)) && packageName(specifier) !== name) out.add(packageName(specifier))
      }
    }
  }
  const cycle = findCycle(arrows)
  if (cycle !== undefined) problems.push(`cycle between packages: ${cycle}`)
  return problems
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const folders = ['packages', 'extensions'].flatMap(group => readdirSync(join(root, group)).map(name => `${group}/${name}`))
  const problems = [...checkBoundaries(root), ...checkRooms(root, folders, rooms, roomExceptions), ...checkExceptions(root)]
  for (const problem of problems) console.error(problem)
  console.log(problems.length === 0 ? 'import directions: in order' : `import directions: ${problems.length} wrong`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
