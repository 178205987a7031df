import type { Config } from '@weirlb/model'
import { DONE, Work, type JobEnd } from './work.ts'

/** Disables a service at its deadline, or, if it is graceful, as soon as its clients are gone. */
export class Disable extends Work {
  async step (): Promise<JobEnd | undefined> {
    const { record, place } = this
    const service = record.service!
    await this.count(service)
    if (!this.atWork || !this.deadlinePassed && !(record.graceful === true && record.remaining === 0)) return undefined
    await place.setServiceState(service, 'disabled')
    // Those that were left are closed by that.
    record.told += record.remaining
    record.toldAtDeadline += record.remaining
    record.remaining = 0
    return DONE
  }

  endIn (config: Config): JobEnd | undefined {
    const name = this.record.service!
    const service = config.services.find(service => service.name === name)
    if (service === undefined) return { state: 'failed', reason: `service '${name}' was deleted, which closed its clients` }
    return service.state === 'enabled' ? { state: 'cancelled', reason: `service '${name}' takes clients again: its state is enabled` } : undefined
  }
}
