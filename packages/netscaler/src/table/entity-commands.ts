import { collections, type CollectionName } from '@weirlb/model'
import type { Draft } from '@weirlb/core'
import type { Call, Command, Edit, Target } from '../grammar/command.ts'
import { nameOf } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { parametersOf, type EntityRow } from './entity-row.ts'
import { readingCommands } from './reading-commands.ts'
import { rename } from './rename.ts'
import { fieldsOf, textOf } from './set-field.ts'

/**
 * The rows of an object that every entity has: add, set, unset, rm, rename, and enable and disable where it has a
 * state.
 */
export const entityCommands = (row: EntityRow): Command[] => {
  const { object, collection, component, prepare = (call: Call): Call => call } = row
  const { noun } = collections[collection]
  const { name, add: addOptions, set: setOptions } = parametersOf(row)
  const common = { object, foreign: row.foreign }
  const one = { arguments: [name], options: [] }
  const prepared = (edit: Edit['edit']): Edit['edit'] => (draft, call) => edit(draft, prepare(call))
  const commands: Command[] = [
    {
      ...common,
      verb: 'set',
      parameters: { arguments: [name], options: setOptions },
      doc: `Change the ${noun}.`,
      rest: `patch${component}`,
      run: { edit: prepared(patch(collection)) }
    },
    {
      ...common,
      verb: 'unset',
      parameters: { arguments: [name], options: setOptions.map(asUnset) },
      doc: `Set fields of the ${noun} back to their defaults.`,
      rest: `patch${component}`,
      run: { edit: prepared(patch(collection)) }
    },
    {
      ...common,
      verb: 'rm',
      parameters: one,
      doc: `Remove the ${noun}.`,
      rest: `delete${component}`,
      run: { edit: remove(collection) }
    },
    {
      ...common,
      verb: 'rename',
      parameters: {
        arguments: [name, {
          name: 'newName',
          kind: nameOf(collection, 'newName'),
          doc: 'Its new name. What refers to it follows.'
        }],
        options: []
      },
      doc: `Rename the ${noun}. For Weir it is a new one: the connections of a renamed service or user vserver end.`,
      rest: 'runTransaction',
      run: { edit: rename(collection) }
    }
  ]
  commands.unshift({
    ...common,
    verb: 'add',
    parameters: { arguments: [name, ...row.arguments, ...row.trailing ?? []], options: addOptions },
    doc: `Create the ${noun}.`,
    rest: `create${component}`,
    run: { edit: prepared(create(collection)) }
  })
  if (setOptions.some(({ field }) => field?.join('.') === 'state')) {
    for (const verb of ['enable', 'disable'] as const) {
      commands.push({
        ...common,
        verb,
        parameters: one,
        doc: row.switches?.[verb] ?? `Let the ${noun} take ${verb === 'enable' ? '' : 'no more '}clients.`,
        rest: `${verb}${component}`,
        run: { edit: setState(collection, `${verb}d`) }
      })
    }
  }
  return [...commands, ...readingCommands(object, collection, component)]
}

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
