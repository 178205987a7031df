import { collections, type CollectionName } from '@weirlb/model'
import type { Draft } from '@weirlb/core'
import type { z } from 'zod'
import type { Call, Command, Target } from '../grammar/command.ts'
import { nameOf } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import type { EntityRow } from './entity-row.ts'
import { namedOptions, withOwnOptions } from './fields.ts'
import { readingCommands } from './reading-commands.ts'
import { rename } from './rename.ts'
import { fieldsOf, textOf } from './set-field.ts'

/** The rows of an object that every entity has: add, set, unset, rm, rename, and enable and disable where it has a state. */
export const entityCommands = (row: EntityRow): Command[] => {
  const { object, collection, component } = row
  const { schema: ofCollection, noun } = collections[collection]
  const schema = ofCollection as unknown as z.ZodObject
  const name: Parameter = { name: 'name', kind: nameOf(collection), field: ['name'], doc: `Name of the ${noun}.` }
  const named = namedOptions(schema, row.options)
  const omit = ['name', ...row.omit ?? []]
  const argued = row.arguments.flatMap(({ field }) => field === undefined ? [] : [field.join('.')])
  const addOptions = withOwnOptions(schema, named, [...omit, ...argued])
  const setOptions = withOwnOptions(schema, [...named, ...row.arguments.filter(({ name }) => !named.some(option => option.name === name)).map(asOption)], omit)
  const common = { object, foreign: row.foreign }
  const one = { arguments: [name], options: [] }
  const commands: Command[] = [
    { ...common, verb: 'set', parameters: { arguments: [name], options: setOptions }, doc: `Change the ${noun}.`, rest: `patch${component}`, run: { edit: patch(collection) } },
    { ...common, verb: 'unset', parameters: { arguments: [name], options: setOptions.map(asUnset) }, doc: `Set fields of the ${noun} back to their defaults.`, rest: `patch${component}`, run: { edit: patch(collection) } },
    { ...common, verb: 'rm', parameters: one, doc: `Remove the ${noun}.`, rest: `delete${component}`, run: { edit: remove(collection) } },
    { ...common, verb: 'rename', parameters: { arguments: [name, { name: 'newName', kind: nameOf(collection, 'newName'), doc: 'Its new name. What refers to it follows.' }], options: [] }, doc: `Rename the ${noun}. For Weir it is a new one: the connections of a renamed service or user vserver end.`, rest: 'runTransaction', run: { edit: rename(collection) } }
  ]
  if (row.noAdd !== true) {
    commands.unshift({ ...common, verb: 'add', parameters: { arguments: [name, ...row.arguments], options: addOptions }, doc: `Create the ${noun}.`, rest: `create${component}`, run: { edit: create(collection) } })
  }
  if ('state' in schema.shape) {
    for (const verb of ['enable', 'disable'] as const) {
      commands.push({ ...common, verb, parameters: one, doc: verb === 'enable' ? `Let the ${noun} take clients.` : `Let the ${noun} take no more clients.`, rest: `${verb}${component}`, run: { edit: setState(collection, `${verb}d`) } })
    }
  }
  return [...commands, ...readingCommands(object, collection, component)]
}

const asOption = ({ optional: _, ...parameter }: Parameter): Parameter => parameter

const asUnset = (option: Parameter): Parameter => ({ ...option, flag: null })

const create = (collection: CollectionName) => (draft: Draft, call: Call): Target => {
  const { name } = draft.collection(collection).create(fieldsOf(call.given.values()) as never)
  return { collection, name }
}

const patch = (collection: CollectionName) => (draft: Draft, call: Call): Target => {
  const { name, ...fields } = fieldsOf(call.given.values())
  draft.collection(collection).patch(name as string, fields as never)
  return { collection, name: name as string }
}

const remove = (collection: CollectionName) => (draft: Draft, call: Call): Target => {
  const name = textOf(call, 'name')
  draft.collection(collection).delete(name)
  return { collection, name }
}

const setState = (collection: CollectionName, state: string) => (draft: Draft, call: Call): Target => {
  const name = textOf(call, 'name')
  draft.collection(collection).patch(name, { state } as never)
  return { collection, name }
}
