import type { Entity, EntityPatch, ServiceState } from '@weirlb/model'
import type { Drainable, Switchable } from '../api/collections.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import { EntityCollection } from './entity-collection.ts'

/** Collections whose entities have a `state`. */
type SwitchableName = 'services' | 'serviceGroups' | 'lbVservers' | 'glbs' | 'userVservers' | 'accessRules' | 'lockdowns' | 'userAgentRules' | 'rules' | 'rateLimits' | 'managedChecks'

/** Entities that can be taken out of service. */
export class SwitchableCollection<C extends SwitchableName | 'triggers'> extends EntityCollection<C>
  implements Switchable<C> {
  async enable (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> {
    return await this.setState(name, 'enabled', options)
  }
  async disable (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> {
    return await this.setState(name, 'disabled', options)
  }

  protected async setState (name: string, state: ServiceState, options: WriteOptions): Promise<Versioned<Entity<C>>> {
    return await this.patch(name, { state } as EntityPatch<C>, options)
  }
}

/** Entities that can be emptied slowly. */
export class DrainableCollection<C extends 'serviceGroups' | 'userVservers'> extends SwitchableCollection<C>
  implements Drainable<C> {
  async drain (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> {
    return await this.setState(name, 'draining', options)
  }
}
