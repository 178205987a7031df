import {
  disableInput,
  drainInput,
  hasMembers,
  memberName,
  parseSettings,
  WeirError,
  type DisableInput,
  type DrainInput,
  type Entity,
  type Job,
  type MonitorBinding
} from '@weirlb/model'
import { steadyClock } from '@weirlb/link'
import type { ServiceHealthDetail } from '@weirlb/health'
import type { Services } from '../api/collections.ts'
import { BoundMonitors } from './bound-monitors.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import type { RunningJobs } from '../jobs/jobs.ts'
import type { Prober } from '../prober.ts'
import type { Ground } from './entity-collection.ts'
import { SwitchableCollection } from './switchable-collection.ts'

/** Services, what their monitors found, and the jobs that take their clients away. */
export class ServiceCollection extends SwitchableCollection<'services'> implements Services {
  readonly #prober: Prober
  readonly #jobs: RunningJobs
  readonly #monitors = new BoundMonitors('services', this.editor, this)

  constructor (prober: Prober, jobs: RunningJobs, ground: Ground) {
    super('services', ground)
    this.#prober = prober
    this.#jobs = jobs
  }

  async health (name: string): Promise<ServiceHealthDetail> {
    // A member is no entity of its own.
    if (!name.includes('@')) this.#requireServer(name)
    const detail = this.#prober.detail(name)
    if (detail === undefined && name.includes('@'))
      throw new WeirError(
        'not-found',
        `no member '${name}' is probed; the status of its service or service group lists the members`
      )
    if (detail === undefined)
      throw new WeirError('worker-unavailable', `service '${name}' is not probed: Weir is not running`, { retry: true })
    return detail
  }

  override async disable (
    name: string,
    options: WriteOptions = {},
    settings: DisableInput = {}
  ): Promise<Versioned<Entity<'services'>>> {
    const { delaySeconds, graceful, ratePerSecond, order } = parseSettings(disableInput, settings, 'the settings')
    if (delaySeconds === undefined && !graceful && ratePerSecond === undefined)
      return await super.disable(name, options)
    const deadline = inSeconds(delaySeconds ?? (ratePerSecond === undefined ? undefined : 0))
    await this.#jobs.beginAlone(['drain', 'disable'], {
      kind: 'disable',
      service: name,
      ratePerSecond: ratePerSecond ?? this.#closingRate(name),
      order,
      deadline,
      graceful
    }, async () => await this.setState(name, delaySeconds === undefined ? 'draining' : 'sessions-only', options))
    return this.require(name)
  }

  async drain (name: string, settings: DrainInput = {}, options: WriteOptions = {}): Promise<Job> {
    const { ratePerSecond, deadlineSeconds, order } = parseSettings(drainInput, settings, 'the drain')
    return await this.#jobs.beginAlone(['drain', 'disable'], {
      kind: 'drain',
      service: name,
      ratePerSecond,
      order,
      deadline: inSeconds(deadlineSeconds)
    }, async () => await this.setState(name, 'draining', options))
  }

  /** The least rate at which its LB vservers close clients; undefined: none has one. */
  #closingRate (service: string): number | undefined {
    const rates = this.editor.config.lbVservers.flatMap(({ services, onDownRatePerSecond: rate }) =>
      rate !== undefined && services.some(({ name }) => name === service) ? [rate] : []
    )
    return rates.length === 0 ? undefined : Math.min(...rates)
  }

  #requireServer (name: string): void {
    const { value } = this.require(name)
    if (hasMembers(value)) throw new WeirError('not-found', `service '${name}' stands for the addresses of ${value.address}; its status lists them as members, and each has a health of its own, as of ${memberName(name, '127.0.0.1', value.port)}`)
  }

  async bindMonitor (
    name: string,
    binding: MonitorBinding,
    options?: WriteOptions
  ): Promise<Versioned<Entity<'services'>>> {
    return await this.#monitors.bindMonitor(name, binding, options)
  }
  async unbindMonitor (name: string, monitor: string, options?: WriteOptions): Promise<Versioned<Entity<'services'>>> {
    return await this.#monitors.unbindMonitor(name, monitor, options)
  }
}

const inSeconds = (seconds: number | undefined): string | undefined =>
  seconds === undefined ? undefined : new Date(steadyClock.now() + seconds * 1000).toISOString()
