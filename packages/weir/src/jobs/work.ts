import type { Config, Job, JobState, ServiceState } from '@weirlb/model'
import type { DataPlane } from '../data-plane.ts'
import type { EngineStats } from '@weirlb/engine'
import { Pace } from './pace.ts'

/** What a job does to the rest of Weir. */
export interface Workplace {
  readonly plane: Pick<DataPlane, 'depart'>
  stats (): Promise<EngineStats>
  config (): Config
  setServiceState (service: string, state: ServiceState): Promise<void>
}

/** A job as it is shown and saved; what it counts changes while it runs. */
export type JobRecord = { -readonly [Field in keyof Job]: Job[Field] }

/** How a job ends. */
export interface JobEnd {
  readonly state: Exclude<JobState, 'running' | 'paused'>
  readonly reason?: string | undefined
}

/** The end of a job that has done all that it was for. */
export const DONE: JobEnd = { state: 'done' }

/** What one kind of job does, step by step. */
export abstract class Work {
  protected readonly record: JobRecord
  protected readonly place: Workplace
  readonly #pace: Pace | undefined
  #counted = false

  constructor (record: JobRecord, place: Workplace) {
    this.record = record
    this.place = place
    this.#pace = record.ratePerSecond === undefined ? undefined : new Pace(record.ratePerSecond, performance.now())
  }

  /** Do what is due. Returns the end when there is nothing more to do. */
  abstract step (): Promise<JobEnd | undefined>
  /** Returns the end if this configuration leaves the job nothing to do. */
  abstract endIn (config: Config): JobEnd | undefined
  /** Returns why it cannot go on after a restart of Weir; undefined: it goes on. */
  readonly endAtRestart: string | undefined = undefined
  /** A service failed its monitors, or passes them again. */
  onHealth (_service: string, _up: boolean): JobEnd | undefined { return undefined }
  /** It was paused until now. */
  resume (): void { this.#pace?.skipTo(performance.now()) }

  protected get deadlinePassed (): boolean { return this.record.deadline !== undefined && Date.now() >= Date.parse(this.record.deadline) }

  /** Tell as many clients as are due: after the deadline all. Returns whether some are left, and whether one was due. */
  protected async tell (reason: 'draining' | 'rebalanced' | 'service-down', service: string, most = Infinity): Promise<{ readonly told: number, readonly more: boolean, readonly due: number }> {
    const { record, place } = this
    const about = { service, lbVserver: record.lbVserver, order: record.order, reason }
    if (!this.#counted) {
      const { present } = await place.plane.depart({ ...about, count: 0, force: false })
      this.#counted = true
      record.clients = Math.max(record.clients, present)
    }
    const force = this.deadlinePassed
    const due = force ? Number.MAX_SAFE_INTEGER : Math.min(most, this.#pace?.take(performance.now()) ?? 0)
    const { told, present, more } = await place.plane.depart({ ...about, count: due, force })
    if (!force) this.#pace?.giveBack(due - told)
    record.told += told
    if (force) record.toldAtDeadline += told
    record.remaining = present
    return { told, more, due }
  }
}
