import { collectionNames, describeEntity, WeirError, type CollectionName, type Config, type Issue } from '@weirlb/model'

/** The place of a request's value in the resulting configuration. */
export interface Place {
  readonly collection: CollectionName
  readonly name: string
  /** The sent part of the entity, such as `services[2]`; undefined: the whole. */
  readonly within?: string | undefined
}

/**
 * Returns an error of one entity's change with the request's paths: they start at the sent value, not at the whole
 * configuration, and other entities are named. `next` is the refused configuration; undefined if the change did not
 * get that far.
 */
export const inRequest = (
  error: WeirError,
  { collection, name, within }: Place,
  next: Config | undefined
): WeirError => {
  const index = next?.[collection].findIndex(entity => entity.name === name) ?? -1
  const prefixes = [...index < 0 ? [] : [`${collection}[${index}]`], ...within === undefined ? [] : [within]]
  const own = (path: string): string => prefixes.reduce(without, path)
  const moved = (issue: Issue): Issue => ({ ...issue, path: own(issue.path) })
  const first = error.issues[0]
  if (first === undefined) return error
  return new WeirError(error.code, reworded(error.message, first.path, own(first.path), next), {
    cause: error,
    issues: error.issues.map(moved),
    retry: error.retry
  })
}

/** Returns the rest of a path after a prefix: `services[2].weight` without `services[2]` is `weight`. */
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
const ownerOf = (
  path: string,
  next: Config | undefined
): { readonly collection: CollectionName, readonly name: string, readonly rest: string } | undefined => {
  const [, list, index, rest] = /^([A-Za-z]+)\[(\d+)\]\.(.+)$/.exec(path) ?? []
  const collection = collectionNames.find(collection => collection === list)
  const name = collection === undefined ? undefined : next?.[collection][Number(index)]?.name
  return collection === undefined || name === undefined ? undefined : { collection, name, rest: rest! }
}
