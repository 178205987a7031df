import type { Entity } from '@weirlb/model'
import type { Certkeys } from '../api/collections.ts'
import type { Versioned } from '../config/versioned.ts'
import { EntityCollection, type Ground } from './entity-collection.ts'

/** Certkeys, and the orders of those that are ordered. */
export class CertkeyCollection extends EntityCollection<'certkeys'> implements Certkeys {
  readonly #orderNow: (certkey: string) => void

  /** `orderNow` throws a WeirError where nothing is ordered. */
  constructor (orderNow: (certkey: string) => void, ground: Ground) {
    super('certkeys', ground)
    this.#orderNow = orderNow
  }

  async order (name: string): Promise<Versioned<Entity<'certkeys'>>> {
    this.editor.requireOpen()
    const found = this.require(name)
    this.#orderNow(name)
    return found
  }
}
