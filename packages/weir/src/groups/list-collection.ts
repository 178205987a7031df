import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { describeEntity, runInSlices, type Entity, type ListChangeInput } from '@weirlb/model'
import type { Lists } from '../api/collections.ts'
import { checkVersion, put, required } from '../config/entities.ts'
import { changingList, parseListChange } from '../config/list-items.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import { EntityCollection, type Ground } from './entity-collection.ts'

/** Lists, and their items some at a time. */
export class ListCollection extends EntityCollection<'lists'> implements Lists {
  constructor (ground: Ground) { super('lists', ground) }

  async change (name: string, sent: ListChangeInput, options: WriteOptions = {}): Promise<Versioned<Entity<'lists'>>> {
    const change = parseListChange(sent)
    await this.editor.change(async config => {
      const present = required(config, 'lists', name)
      checkVersion(options, present, describeEntity('lists', name))
      const next = put(config, 'lists', await runInSlices(changingList(present, change), turnOfTheLoop))
      await turnOfTheLoop()
      return next
    }, { place: { collection: 'lists', name, within: undefined } })
    await turnOfTheLoop()
    return this.require(name)
  }
}
