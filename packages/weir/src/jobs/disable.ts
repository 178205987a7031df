import type { Config } from '@weirlb/model'
import { DONE, Work, type JobEnd } from './work.ts'

/**
 * Disables a service at its deadline, or, if it is graceful, as soon as its clients are gone. With a rate the clients
 * that are left at the deadline are told to go as a drain tells them, and it is disabled after that.
 */
export class Disable extends Work {
  #telling = false

  async step (): Promise<JobEnd | undefined> {
    const { record } = this
    const service = record.service!
    if (this.#telling) {
      const { told, more, present, due } = await this.tellDue('draining', service, false)
      // Whoever is left cannot be told: a request that has no server yet, for instance.
      return this.atWork && (present === 0 || due > 0 && told === 0 && !more) ? await this.#disable() : undefined
    }
    if (this.deadlinePassed || this.countDue) await this.count(service)
    if (!this.atWork) return undefined
    const atOnce = record.ratePerSecond === undefined || record.remaining === 0
    if (this.deadlinePassed ? atOnce : record.graceful === true && record.remaining === 0) return await this.#disable()
    if (!this.deadlinePassed) return undefined
    if (!this.#isDisabled) await this.place.setServiceState(service, 'draining')
    this.#telling = true
    return undefined
  }

  /** By hand, meanwhile: its clients are being closed. */
  get #isDisabled (): boolean {
    const { service } = this.record
    return this.place.config().services.some(({ name, state }) =>
      state === 'disabled' && (name === service || name.startsWith(`${service!}@`))
    )
  }

  async #disable (): Promise<JobEnd> {
    const { record } = this
    await this.place.setServiceState(record.service!, 'disabled')
    // Those that were left are closed by that.
    record.told += record.remaining
    record.toldAtDeadline += record.remaining
    record.remaining = 0
    return DONE
  }

  endIn (config: Config): JobEnd | undefined {
    const name = this.record.service!
    const service = config.services.find(service => service.name === name)
    if (service === undefined)
      return { state: 'failed', reason: `service '${name}' was deleted, which closed its clients` }
    return service.state === 'enabled'
      ? { state: 'cancelled', reason: `service '${name}' takes clients again: its state is enabled` }
      : undefined
  }
}
