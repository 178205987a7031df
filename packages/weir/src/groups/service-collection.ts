import { WeirError } from '@weirlb/model'
import type { ServiceHealthDetail } from '@weirlb/health'
import type { Services } from '../api/collections.ts'
import type { Prober } from '../prober.ts'
import type { Ground } from './entity-collection.ts'
import { DrainableCollection } from './switchable-collection.ts'

/** Services, and what their monitors found. */
export class ServiceCollection extends DrainableCollection<'services'> implements Services {
  readonly #prober: Prober

  constructor (prober: Prober, ground: Ground) {
    super('services', ground)
    this.#prober = prober
  }

  async health (name: string): Promise<ServiceHealthDetail> {
    this.require(name)
    const detail = this.#prober.detail(name)
    if (detail === undefined) throw new WeirError('worker-unavailable', `service '${name}' is not probed: Weir is not running`, { retry: true })
    return detail
  }
}
