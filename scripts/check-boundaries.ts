// Holds the import directions. Between packages the arrows below are all there are; between the rooms of a package
// those of rooms.ts. Type-only imports count.
// What breaks a rule today is listed, here and in .oxlintrc.json, and a list that is longer than it has to be is wrong
// too.
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
  /**
   * Its folder whose files run in browsers, from a bundle: what they import is built in, and no dependency of whoever
   * installs the package.
   */
  readonly browser?: { readonly folder: string } & Pick<Rule, 'workspace' | 'npm'>
}

const rules: Readonly<Record<string, Rule>> = {
  '@weirlb/model': { workspace: [], npm: ['zod'], noNode: true },
  '@weirlb/sdk': { workspace: [], npm: [], noNode: true },
  '@weirlb/link': { workspace: ['@weirlb/model'], npm: ['koffi', 'undici', 'ws'] },
  '@weirlb/rules': { workspace: ['@weirlb/model'], npm: ['re2js'] },
  '@weirlb/engine': {
    workspace: ['@weirlb/model', '@weirlb/link', '@weirlb/rules', '@weirlb/sdk/abi'],
    npm: ['mmdb-lib']
  },
  '@weirlb/health': { workspace: ['@weirlb/model', '@weirlb/link', '@weirlb/engine', '@weirlb/sdk/abi'], npm: [] },
  // Its guest speaks the SDK's UTF-8; all else needs the contract alone.
  '@weirlb/sandbox': { workspace: ['@weirlb/sdk'] },
  '@weirlb/waf': { workspace: [], npm: ['koffi'] },
  '@weirlb/core': {
    workspace: [
      '@weirlb/model',
      '@weirlb/link',
      '@weirlb/engine',
      '@weirlb/health',
      '@weirlb/sandbox',
      '@weirlb/sdk/abi',
      '@weirlb/waf'
    ]
  },
  '@weirlb/cluster': { workspace: ['@weirlb/core', '@weirlb/model'], npm: ['@redis/client'] },
  '@weirlb/netscaler': { workspace: ['@weirlb/core', '@weirlb/model'], npm: ['zod'] },
  '@weirlb/metrics': { workspace: ['@weirlb/core'], npm: ['prom-client'] },
  '@weirlb/admin': {
    workspace: ['@weirlb/core', '@weirlb/metrics', '@weirlb/model', '@weirlb/netscaler'],
    npm: ['fastify', 'zod']
  },
  '@weirlb/console': {
    workspace: [],
    npm: ['fastify'],
    browser: {
      folder: 'src/app',
      workspace: ['@weirlb/admin/client'],
      npm: [
        '@codemirror/autocomplete',
        '@codemirror/commands',
        '@codemirror/lang-javascript',
        '@codemirror/language',
        '@codemirror/lint',
        '@codemirror/search',
        '@codemirror/state',
        '@codemirror/view',
        '@lezer/highlight',
        '@preact/signals',
        'preact',
        'uplot'
      ]
    }
  },
  weirlb: {
    workspace: [
      '@weirlb/core',
      '@weirlb/cluster',
      '@weirlb/admin',
      '@weirlb/console',
      '@weirlb/netscaler',
      '@weirlb/sandbox',
      '@weirlb/model',
      '@weirlb/testing'
    ]
  },
  '@weirlb/testing': {
    workspace: ['@weirlb/sdk', '@weirlb/model', '@weirlb/link', '@weirlb/engine', '@weirlb/sandbox']
  }
}
const extensionRule: Rule = { workspace: ['@weirlb/sdk'], noNode: true }

/** npm packages that only some of our packages may import. */
const exclusive: Readonly<Record<string, readonly string[]>> = {
  'isolated-vm': ['@weirlb/sandbox'],
  koffi: ['@weirlb/link', '@weirlb/waf'],
  undici: ['@weirlb/link'],
  ws: ['@weirlb/link'],
  '@redis/client': ['@weirlb/cluster']
}

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
      if (rule === undefined)
        throw new Error(`${relative(root, folder)}: no rule for ${manifest.name} in scripts/check-boundaries.ts`)
      found.set(manifest.name, { folder, manifest, rule })
    }
  }
  return found
}

const packageName = (specifier: string): string =>
  specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
const covers = (allowed: string, specifier: string): boolean =>
  specifier === allowed || specifier.startsWith(`${allowed}/`)

/** True for a file that runs in browsers. */
const isWithin = ({ folder, rule: { browser } }: Package, file: string): boolean =>
  browser !== undefined && !relative(join(folder, browser.folder), file).startsWith('..')

/** Returns the fault of one import, or undefined. */
const judge = (
  specifier: string,
  file: string,
  own: Package,
  all: ReadonlyMap<string, Package>
): string | undefined => {
  const { folder, manifest } = own
  const test = isTest(folder, file)
  const browser = isWithin(own, file)
  const rule: Rule = browser ? { ...own.rule.browser!, noNode: true } : own.rule
  if (specifier.startsWith('.')) {
    const outside = relative(folder, resolve(dirname(file), specifier)).startsWith('..')
    return outside ? 'leaves its package' : undefined
  }
  if (specifier.startsWith('node:') || builtins.has(specifier)) {
    if (!specifier.startsWith('node:')) return `write node:${specifier}`
    return rule.noNode === true && !test ? `${manifest.name} has no Node` : undefined
  }
  // Made by the package's own configuration of Vite.
  if (browser && specifier.startsWith('virtual:')) return undefined
  const target = packageName(specifier)
  const owners = exclusive[target]
  if (owners !== undefined && !owners.includes(manifest.name))
    return `only ${owners.join(' and ')} may import ${target}`
  const workspace = all.get(target)
  const declared = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
    ...(test || browser ? manifest.devDependencies : {})
  }
  if (workspace !== undefined) {
    const door = `.${specifier.slice(target.length)}`
    if (workspace.manifest.exports?.[door] === undefined)
      return `${target} has no door '${door}'; there are: ${Object.keys(workspace.manifest.exports ?? {}).join(', ')}`
    if (target === manifest.name) return undefined
    if (!test && !rule.workspace.some(allowed => covers(allowed, specifier)))
      return `not an arrow; ${manifest.name} may import: ${rule.workspace.join(', ') || 'nothing'}`
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
        if (
          !isTest(own.folder, file) && !isWithin(own, file) && packages.has(packageName(specifier)) &&
          packageName(specifier) !== name
        ) out.add(packageName(specifier))
      }
    }
  }
  const cycle = findCycle(arrows)
  if (cycle !== undefined) problems.push(`cycle between packages: ${cycle}`)
  return problems
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const folders = ['packages', 'extensions'].flatMap(group =>
    readdirSync(join(root, group)).map(name => `${group}/${name}`)
  )
  const problems = [
    ...checkBoundaries(root),
    ...checkRooms(root, folders, rooms, roomExceptions),
    ...checkExceptions(root)
  ]
  for (const problem of problems) console.error(problem)
  console.log(problems.length === 0 ? 'import directions: in order' : `import directions: ${problems.length} wrong`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
