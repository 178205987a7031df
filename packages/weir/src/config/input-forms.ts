import { keyApart, sameCode, WeirError, type CollectionName, type Entity } from '@weirlb/model'

/** Converts a sent entity to its stored form. A value of the wrong shape is left for the schema to refuse. */
interface InputForms<C extends CollectionName> {
  create (input: unknown): unknown
  replace (present: Entity<C>, input: unknown): unknown
  patch (present: Entity<C>, patch: unknown): unknown
}

type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const hasCode = ({ source, builtin }: Fields): boolean => typeof source === 'string' || typeof builtin === 'string'

const asSent: InputForms<CollectionName> = {
  create: input => input,
  replace: (_, input) => input,
  patch: (_, patch) => patch
}

/**
 * An extension stores its canary's code in `canary`, so that the whole configuration is complete. A request may send
 * a canary like a new version: the new code in place of the old, and the share in `canary`.
 */
const extensions: InputForms<'extensions'> = {
  create: input => {
    const { canary, rest } = split(input)
    if (canary === undefined) return rest
    if (isObject(canary) && !hasCode(canary)) {
      const message = 'a first version has no other to share connections with; create the extension, and give the next version a canary'
      throw new WeirError('config-invalid', `canary: ${message}`, { issues: [{ path: 'canary', message }] })
    }
    return input
  },

  replace: (present, input) => {
    const { canary, rest } = split(input)
    if (canary === undefined || !isObject(canary) || !isObject(rest) || hasCode(canary) || !hasCode(rest))
      return canary === undefined ? rest : input
    const { source, builtin, ...others } = rest
    return { ...others, ...codeOf(present), canary: { ...canary, ...codeOf({ source, builtin }) } }
  },

  patch: (present, patch) => {
    if (!isObject(patch) || !hasCode(patch)) return patch
    const { source, builtin, ...others } = patch
    const { canary } = patch
    if (isObject(canary) && !hasCode(canary))
      return { ...others, canary: { ...canary, source: source ?? null, builtin: builtin ?? null } }
    if (
      canary === undefined && present.canary !== undefined &&
      !sameCode(present, { source: source as string, builtin: builtin as string })
    ) throw canaryRuns(present.name)
    return patch
  }
}

const split = (input: unknown): { readonly canary: unknown, readonly rest: unknown } => {
  if (!isObject(input) || !('canary' in input)) return { canary: undefined, rest: input }
  const { canary, ...rest } = input
  return { canary: canary ?? undefined, rest }
}

const codeOf = ({ source, builtin }: { readonly source?: unknown, readonly builtin?: unknown }): object =>
  ({ ...(source === undefined ? {} : { source }), ...(builtin === undefined ? {} : { builtin }) })

/** Returns the error for an operation that is impossible during a canary. */
export const canaryRuns = (name: string): WeirError =>
  new WeirError('canary-running', `extension '${name}' has a canary: POST /v1/extensions/${name}/promote makes it the version, PATCH {"canary": null} ends it`)

/** A private key inside a new `cert` replaces the existing key; only in a patch does the current certkey matter. */
const certkeys: InputForms<'certkeys'> = { ...asSent, patch: (_, patch) => keyApart(patch) }

const forms: { readonly [C in CollectionName]?: InputForms<C> } = { certkeys, extensions }

/** The forms in which entities of a collection may be sent. */
export const inputForms = <C extends CollectionName>(collection: C): InputForms<C> =>
  (forms[collection] ?? asSent) as InputForms<C>
