import { uses, WeirError, type CollectionName } from '@weirlb/model'
import type { Draft } from '@weirlb/core'
import type { Call, Target } from '../grammar/command.ts'
import { textOf } from './set-field.ts'

/** Give an entity another name, here and wherever it is referred to. Throws not-found or name-taken. */
export const rename = (collection: CollectionName) => (draft: Draft, call: Call): Target => {
  const [name, newName] = [textOf(call, 'name'), textOf(call, 'newName')]
  const entities = draft.collection(collection)
  const present = entities.require(name)
  if (name === newName) throw new WeirError('name-taken', `it has the name '${name}' already`)
  entities.create({ ...present, name: newName } as never)
  const holders = new Map<
    string,
    { readonly collection: CollectionName, readonly name: string, readonly paths: string[] }
  >()
  for (const use of uses(draft.config)) {
    if (use.target !== collection || use.targetName !== name) continue
    const key = `${use.collection} ${use.name}`
    const holder = holders.get(key) ?? { collection: use.collection, name: use.name, paths: [] }
    holder.paths.push(use.path.slice(use.path.indexOf('].') + 2))
    holders.set(key, holder)
  }
  for (const holder of holders.values()) {
    const changed = structuredClone(draft.collection(holder.collection).require(holder.name)) as Record<string, unknown>
    for (const path of holder.paths) setAt(changed, path, newName)
    draft.collection(holder.collection).replace(holder.name, changed as never)
  }
  entities.delete(name)
  return { collection, name: newName }
}

/** Set the text at a path of a reference: `services[0].name`, `certificates[1]`, `tls.ca`. */
const setAt = (entity: Record<string, unknown>, path: string, value: string): void => {
  const steps = path.match(/[^.[\]]+/g)!
  let at = entity
  for (const step of steps.slice(0, -1)) at = at[step] as Record<string, unknown>
  at[steps.at(-1)!] = value
}

