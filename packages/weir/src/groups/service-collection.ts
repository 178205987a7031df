import { disableInput, drainInput, hasMembers, memberName, parseSettings, WeirError, type DisableInput, type DrainInput, type Entity, type Job } from '@weirlb/model'
import type { ServiceHealthDetail } from '@weirlb/health'
import type { Services } from '../api/collections.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import type { RunningJobs } from '../jobs/jobs.ts'
import type { Prober } from '../prober.ts'
import type { Ground } from './entity-collection.ts'
import { SwitchableCollection } from './switchable-collection.ts'

/** Services, what their monitors found, and the jobs that take their clients away. */
export class ServiceCollection extends SwitchableCollection<'services'> implements Services {
  readonly #prober: Prober
  readonly #jobs: RunningJobs

  constructor (prober: Prober, jobs: RunningJobs, ground: Ground) {
    super('services', ground)
    this.#prober = prober
    this.#jobs = jobs
  }

  async health (name: string): Promise<ServiceHealthDetail> {
    // A member is no entity of its own.
    if (!name.includes('@')) this.#requireServer(name)
    const detail = this.#prober.detail(name)
    if (detail === undefined && name.includes('@')) throw new WeirError('not-found', `no member '${name}' is probed; the status of its service or service group lists the members`)
    if (detail === undefined) throw new WeirError('worker-unavailable', `service '${name}' is not probed: Weir is not running`, { retry: true })
    return detail
  }

  override async disable (name: string, options: WriteOptions = {}, settings: DisableInput = {}): Promise<Versioned<Entity<'services'>>> {
    const { delaySeconds, graceful } = parseSettings(disableInput, settings, 'the settings')
    if (delaySeconds === undefined && !graceful) return await super.disable(name, options)
    await this.#jobs.beginAlone(['drain', 'disable'], { kind: 'disable', service: name, ratePerSecond: undefined, order: 'idle-first', deadline: inSeconds(delaySeconds), graceful },
      async () => await this.setState(name, delaySeconds === undefined ? 'draining' : 'sessions-only', options))
    return this.require(name)
  }

  async drain (name: string, settings: DrainInput = {}, options: WriteOptions = {}): Promise<Job> {
    const { ratePerSecond, deadlineSeconds, order } = parseSettings(drainInput, settings, 'the drain')
    return await this.#jobs.beginAlone(['drain', 'disable'], { kind: 'drain', service: name, ratePerSecond, order, deadline: inSeconds(deadlineSeconds) },
      async () => await this.setState(name, 'draining', options))
  }

  #requireServer (name: string): void {
    const { value } = this.require(name)
    if (hasMembers(value)) throw new WeirError('not-found', `service '${name}' stands for the addresses of ${value.address}; its status lists them as members, and each has a health of its own, as of ${memberName(name, '127.0.0.1', value.port)}`)
  }
}

const inSeconds = (seconds: number | undefined): string | undefined => seconds === undefined ? undefined : new Date(Date.now() + seconds * 1000).toISOString()
