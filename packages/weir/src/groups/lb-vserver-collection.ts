import {
  keyedMethods,
  parseSettings,
  rebalanceInput,
  WeirError,
  type BindingInput,
  type Entity,
  type Job,
  type MonitorBinding,
  type RebalanceInput
} from '@weirlb/model'
import type { LbVservers } from '../api/collections.ts'
import { bound, unbound } from '../config/bindings.ts'
import { BoundMonitors } from './bound-monitors.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import type { RunningJobs } from '../jobs/jobs.ts'
import type { Ground } from './entity-collection.ts'
import { SwitchableCollection } from './switchable-collection.ts'

/** LB vservers, and the services that are bound to them. */
export class LbVserverCollection extends SwitchableCollection<'lbVservers'> implements LbVservers {
  readonly #jobs: RunningJobs
  readonly #monitors = new BoundMonitors('lbVservers', this.editor, this)

  constructor (jobs: RunningJobs, ground: Ground) {
    super('lbVservers', ground)
    this.#jobs = jobs
  }

  async rebalance (name: string, settings: RebalanceInput): Promise<Job> {
    const { ratePerSecond, order } = parseSettings(rebalanceInput, settings, 'the rebalance')
    const { method } = this.require(name).value
    if (keyedMethods.includes(method)) {
      const message = `the method '${method}' of LB vserver '${name}' gives each key its service, so that clients cannot be moved; there is nothing to rebalance`
      throw new WeirError('config-invalid', message, { issues: [{ path: 'method', message }] })
    }
    this.editor.requireOpen()
    return await this.#jobs.beginAlone(
      ['rebalance'],
      { kind: 'rebalance', lbVserver: name, ratePerSecond, order },
      async () => {}
    )
  }

  async bind (
    name: string,
    binding: BindingInput,
    options: WriteOptions = {}
  ): Promise<Versioned<Entity<'lbVservers'>>> {
    await this.editor.rewrite('lbVservers', name, options, present => bound(present, binding), {
      within: ({ services }) => `services[${services.length}]`
    })
    return this.require(name)
  }

  async unbind (name: string, service: string, options: WriteOptions = {}): Promise<Versioned<Entity<'lbVservers'>>> {
    await this.editor.rewrite('lbVservers', name, options, present => unbound(present, service))
    return this.require(name)
  }

  async bindMonitor (
    name: string,
    binding: MonitorBinding,
    options?: WriteOptions
  ): Promise<Versioned<Entity<'lbVservers'>>> {
    return await this.#monitors.bindMonitor(name, binding, options)
  }
  async unbindMonitor (
    name: string,
    monitor: string,
    options?: WriteOptions
  ): Promise<Versioned<Entity<'lbVservers'>>> {
    return await this.#monitors.unbindMonitor(name, monitor, options)
  }
}
