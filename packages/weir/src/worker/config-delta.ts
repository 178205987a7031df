// A configuration on its way to a worker: what changed since the one that the worker runs. Code travels once, by its
// hash.
import { createHash } from 'node:crypto'
import { diffCollection, WeirError } from '@weirlb/model'
import type { EngineConfig, EngineExtension, EngineFunction, EngineVersion } from '@weirlb/engine'
import type { Bundle } from '@weirlb/sdk/abi'

/** A version whose code is referred to by its hash. */
type Coded<V extends EngineVersion> = Omit<V, 'bundle' | 'canary'> & { readonly code: string }
type CodedFunction = Omit<EngineFunction, 'bundle'> & { readonly code: string }
type CodedExtension = Coded<EngineExtension> & {
  readonly canary: (Coded<EngineVersion> & { readonly percent: number }) | undefined
}

/** The lists of a configuration, with extensions as they travel. */
type Lists = Omit<EngineConfig, 'revision' | 'extensions' | 'edgeFunctions' | 'ticketSecret' | 'cookieSecret' | 'challenges' | 'clockBase'> &
  { readonly extensions: readonly CodedExtension[], readonly edgeFunctions: readonly CodedFunction[] }
const listNames = ['extensions', 'userProtocols', 'certkeys', 'monitors', 'services', 'lbVservers', 'glbs', 'userVservers', 'geoDatabases', 'lists', 'accessRules', 'lockdowns', 'userAgentRules', 'rules', 'edgeFunctions', 'triggers', 'rateLimits', 'managedChecks'] as const satisfies readonly (keyof Lists)[]
type ListName = typeof listNames[number]

/** Changes of one list. */
interface ListDelta<T> {
  /** Entities that are new, or other than they were. */
  readonly put: readonly T[]
  /** All names in order, where that is more than the old order with the new ones at its end. */
  readonly order: readonly string[] | undefined
}

/** A worker's difference between two configurations. */
export interface ConfigDelta {
  readonly revision: number
  /** The revision that the worker runs and this is a change of; undefined: this is the whole configuration. */
  readonly base: number | undefined
  readonly ticketSecret: string | undefined
  readonly cookieSecret: string | undefined
  readonly clockBase: number | undefined
  readonly challenges: EngineConfig['challenges']
  readonly lists: { readonly [N in ListName]: ListDelta<Lists[N][number]> }
  /** Code that the base does not use, by hash. */
  readonly code: Readonly<Record<string, Bundle>>
}

const hashes = new WeakMap<Bundle, string>()
const hashOf = (bundle: Bundle): string => {
  const known = hashes.get(bundle)
  if (known !== undefined) return known
  // The map is the author's file, and the same code may come from another.
  const hash = createHash('sha256').update(JSON.stringify([bundle.name, bundle.code, bundle.map])).digest('base64url')
  hashes.set(bundle, hash)
  return hash
}

const coded = ({ bundle, canary, ...extension }: EngineExtension): CodedExtension => ({
  ...extension,
  code: hashOf(bundle),
  canary: canary === undefined
    ? undefined
    : (({ bundle: tried, ...version }) => ({ ...version, code: hashOf(tried) }))(canary)
})

const decoded = (
  { code, canary, ...extension }: CodedExtension,
  bundles: ReadonlyMap<string, Bundle>
): EngineExtension => ({
  ...extension,
  bundle: bundles.get(code)!,
  canary: canary === undefined
    ? undefined
    : (({ code: tried, ...version }) => ({ ...version, bundle: bundles.get(tried)! }))(canary)
})

const listsOf = (config: EngineConfig): Lists => ({
  ...config,
  extensions: config.extensions.map(coded),
  edgeFunctions: config.edgeFunctions.map(({ bundle, ...rest }) => ({ ...rest, code: hashOf(bundle) }))
})

/** Code of a configuration by hash. */
const codeOf = ({ extensions, edgeFunctions }: EngineConfig): Map<string, Bundle> =>
  new Map(
    [
      ...extensions.flatMap(({ bundle, canary }) => canary === undefined ? [bundle] : [bundle, canary.bundle]),
      ...edgeFunctions.map(({ bundle }) => bundle)
    ].map(bundle => [hashOf(bundle), bundle])
  )

/** Returns the difference from `before` to `after`; without `before`, all of `after`. */
export const deltaOf = (before: EngineConfig | undefined, after: EngineConfig): ConfigDelta => {
  const [old, next] = [before && listsOf(before), listsOf(after)]
  const known = before === undefined ? new Map<string, Bundle>() : codeOf(before)
  return {
    revision: after.revision,
    base: before?.revision,
    ticketSecret: after.ticketSecret,
    cookieSecret: after.cookieSecret,
    clockBase: after.clockBase,
    challenges: after.challenges,
    lists: Object.fromEntries(
      listNames.map(name => [name, listDelta<{ readonly name: string }>(old?.[name] ?? [], next[name])])
    ) as unknown as ConfigDelta['lists'],
    code: Object.fromEntries([...codeOf(after)].filter(([hash]) => !known.has(hash)))
  }
}

const listDelta = <T extends { readonly name: string }>(before: readonly T[], after: readonly T[]): ListDelta<T> => {
  const { added, changed, removed } = diffCollection(before, after)
  const grown = removed.length === 0 && after.slice(0, before.length).every(({ name }, i) => name === before[i]!.name)
  return {
    put: [...changed.map(change => change.after), ...added],
    order: grown ? undefined : after.map(({ name }) => name)
  }
}

const listAfter = <T extends { readonly name: string }>(before: readonly T[], { put, order }: ListDelta<T>): T[] => {
  const byName = new Map([...before, ...put].map(entity => [entity.name, entity]))
  return order === undefined ? [...byName.values()] : order.map(name => byName.get(name)!)
}

/** A worker's end of it: the configuration that runs, and the one that is prepared. */
export class ReceivedConfig {
  #running: EngineConfig | undefined
  #prepared: EngineConfig | undefined

  /** The configuration that a delta makes of the running one. Throws internal when it is a change of another. */
  receive (delta: ConfigDelta): EngineConfig {
    const running = delta.base === undefined ? undefined : this.#running
    if (running?.revision !== delta.base)
      throw new WeirError(
        'internal',
        `a change of revision ${delta.base} was sent to a worker that runs ${running?.revision ?? 'none'}`
      )
    const bundles = new Map([...running === undefined ? [] : codeOf(running), ...Object.entries(delta.code)])
    const before = running && listsOf(running)
    const lists = Object.fromEntries(listNames.map(name =>
      [name, listAfter<{ readonly name: string }>(before?.[name] ?? [], delta.lists[name])])) as unknown as Lists
    this.#prepared = {
      ...lists,
      revision: delta.revision,
      ticketSecret: delta.ticketSecret,
      cookieSecret: delta.cookieSecret,
      clockBase: delta.clockBase, challenges: delta.challenges,
      extensions: lists.extensions.map(extension => decoded(extension, bundles)),
      edgeFunctions: lists.edgeFunctions.map(({ code, ...rest }) => ({ ...rest, bundle: bundles.get(code)! }))
    }
    return this.#prepared
  }

  commit (): void { this.#running = this.#prepared }
}
