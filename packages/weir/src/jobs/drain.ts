import type { Config } from '@weirlb/model'
import { DONE, Work, type JobEnd } from './work.ts'

/** Empties a service: it gets no new clients, and those that it has are told to go. */
export class Drain extends Work {
  async step (): Promise<JobEnd | undefined> {
    await this.tellDue('draining', this.record.service!)
    return this.record.remaining === 0 ? DONE : undefined
  }

  endIn (config: Config): JobEnd | undefined {
    const name = this.record.service!
    const service = config.services.find(service => service.name === name)
    if (service === undefined)
      return { state: 'failed', reason: `service '${name}' was deleted, which closed its clients` }
    return service.state === 'draining' || service.state === 'disabled'
      ? undefined
      : { state: 'cancelled', reason: `service '${name}' takes clients again: its state is ${service.state}` }
  }
}
