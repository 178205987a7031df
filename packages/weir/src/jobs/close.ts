import type { Config } from '@weirlb/model'
import { DONE, Work, type JobEnd } from './work.ts'

/** Closes the clients of a service whose monitors fail, for an LB vserver with `onDown: 'close'` and a rate. */
export class Close extends Work {
  override readonly endAtRestart = 'Weir was restarted, which closed the clients'

  async step (): Promise<JobEnd | undefined> {
    const { told, more, due } = await this.tellDue('service-down', this.record.service!)
    return due > 0 && told === 0 && !more ? DONE : undefined
  }

  endIn (config: Config): JobEnd | undefined {
    const { service, lbVserver } = this.record
    const lb = config.lbVservers.find(({ name }) => name === lbVserver)
    if (lb === undefined || !lb.services.some(({ name }) => name === service))
      return { state: 'cancelled', reason: `service '${service}' is not bound to LB vserver '${lbVserver}' any more` }
    return lb.onDown === 'close'
      ? undefined
      : { state: 'cancelled', reason: `onDown of LB vserver '${lbVserver}' is '${lb.onDown}' now` }
  }

  override onHealth (service: string, up: boolean): JobEnd | undefined {
    return up && service === this.record.service
      ? { state: 'cancelled', reason: `service '${service}' is up again` }
      : undefined
  }
}
