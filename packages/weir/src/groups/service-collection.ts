import { drainInput, parseSettings, WeirError, type DrainInput, type Job } from '@weirlb/model'
import type { ServiceHealthDetail } from '@weirlb/health'
import type { Services } from '../api/collections.ts'
import type { WriteOptions } from '../config/versioned.ts'
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
    this.require(name)
    const detail = this.#prober.detail(name)
    if (detail === undefined) throw new WeirError('worker-unavailable', `service '${name}' is not probed: Weir is not running`, { retry: true })
    return detail
  }

  async drain (name: string, settings: DrainInput = {}, options: WriteOptions = {}): Promise<Job> {
    const { ratePerSecond, deadlineSeconds, order } = parseSettings(drainInput, settings, 'the drain')
    return await this.#jobs.beginAlone(['drain'], { kind: 'drain', service: name, ratePerSecond, order, deadline: inSeconds(deadlineSeconds) },
      async () => await this.setState(name, 'draining', options))
  }
}

const inSeconds = (seconds: number | undefined): string | undefined => seconds === undefined ? undefined : new Date(Date.now() + seconds * 1000).toISOString()
