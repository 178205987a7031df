import { collectionNames, describeEntity, WeirError, type CollectionName, type Config, type Issue } from '@weirlb/model'

/** Where what a request sent stands in the configuration that it would make. */
export interface Place {
  readonly collection: CollectionName
  readonly name: string
  /** What of the entity was sent, as in `services[2]`; without it, the whole. */
  readonly within?: string | undefined
}

/**
 * An error of a change to one entity in the words of its request: paths start at what was sent, not at the whole configuration, and
 * what else is in the way is called by its name. `next` is the configuration that was refused; undefined where the change did not get that far.
 */
export const inRequest = (error: WeirError, { collection, name, within }: Place, next: Config | undefined): WeirError => {
  const index = next?.[collection].findIndex(entity => entity.name === name) ?? -1
  const prefixes = [...index < 0 ? [] : [`${collection}[${index}]`], ...within === undefined ? [] : [within]]
  const own = (path: string): string => prefixes.reduce(without, path)
  const moved = (issue: Issue): Issue => ({ path: own(issue.path), message: issue.message })
  const first = error.issues[0]
  if (first === undefined) return error
  return new WeirError(error.code, reworded(error.message, first.path, own(first.path), next), { cause: error, issues: error.issues.map(moved), retry: error.retry })
}

/** What stands behind a prefix of a path: `services[2].weight` without `services[2]` is `weight`. */
const without = (path: string, prefix: string): string =>
  path === prefix ? '' : path.startsWith(`${prefix}.`) ? path.slice(prefix.length + 1) : path

/** Messages of the configuration begin with the path of their first issue. */
const reworded = (message: string, path: string, own: string, next: Config | undefined): string => {
  if (path === '' || !message.startsWith(`${path}: `)) return message
  const rest = message.slice(path.length + 2)
  const of = own === path ? ownerOf(path, next) : undefined
  if (of !== undefined) return `${describeEntity(of.collection, of.name)}, ${of.rest}: ${rest}`
  return own === '' ? rest : `${own}: ${rest}`
}

/** `userVservers[2].port` is `port` of the third user vserver. */
const ownerOf = (path: string, next: Config | undefined): { readonly collection: CollectionName, readonly name: string, readonly rest: string } | undefined => {
  const [, list, index, rest] = /^([A-Za-z]+)\[(\d+)\]\.(.+)$/.exec(path) ?? []
  const collection = collectionNames.find(collection => collection === list)
  const name = collection === undefined ? undefined : next?.[collection][Number(index)]?.name
  return collection === undefined || name === undefined ? undefined : { collection, name, rest: rest! }
}
