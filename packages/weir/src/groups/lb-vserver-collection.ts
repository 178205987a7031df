import type { BindingInput, Entity } from '@weirlb/model'
import type { LbVservers } from '../api/collections.ts'
import { bound, unbound } from '../config/bindings.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import { SwitchableCollection } from './switchable-collection.ts'

/** LB vservers, and the services that are bound to them. */
export class LbVserverCollection extends SwitchableCollection<'lbVservers'> implements LbVservers {
  async bind (name: string, binding: BindingInput, options: WriteOptions = {}): Promise<Versioned<Entity<'lbVservers'>>> {
    await this.editor.rewrite('lbVservers', name, options, present => bound(present, binding), { within: ({ services }) => `services[${services.length}]` })
    return this.require(name)
  }

  async unbind (name: string, service: string, options: WriteOptions = {}): Promise<Versioned<Entity<'lbVservers'>>> {
    await this.editor.rewrite('lbVservers', name, options, present => unbound(present, service))
    return this.require(name)
  }
}
