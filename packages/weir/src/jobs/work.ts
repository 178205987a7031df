import { steadyClock } from '@weirlb/link'
import type { Config, Job, JobState, ServiceState } from '@weirlb/model'
import type { DataPlane } from '../data-plane.ts'
import type { Departed, DepartureQuery, EngineStats } from '@weirlb/engine'
import { Pace } from './pace.ts'

/** What a job does to the rest of Weir. */
export interface Workplace {
  readonly plane: Pick<DataPlane, 'depart' | 'steerFrom'>
  stats (): Promise<EngineStats>
  /** The running one, with members in place of what stands for them. */
  config (): Config
  /** False for a service that its monitors report down. */
  takesClients (service: string): boolean
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

/** How often a job that has nobody to tell counts the clients. */
const COUNT_MS = 1000

type DepartureReason = DepartureQuery['reason']

/** What one kind of job does, step by step. */
export abstract class Work {
  protected readonly record: JobRecord
  protected readonly place: Workplace
  readonly #pace: Pace | undefined
  #counted = false
  /** When the workers were asked last. */
  #askedAt = -Infinity
  #atWork = true

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
  /** It is paused, or ends. A step that is under way tells nobody any more. */
  rest (): void { this.#atWork = false }
  /** It was paused until now. */
  resume (): void {
    this.#atWork = true
    this.#pace?.skipTo(performance.now())
  }

  /** False while it is paused, and after its end; steps look at it after each wait. */
  protected get atWork (): boolean { return this.#atWork }

  protected get deadlinePassed (): boolean {
    return this.record.deadline !== undefined && steadyClock.now() >= Date.parse(this.record.deadline)
  }

  /** How many clients may be told now; those that `tell` does not find are due later. */
  protected due (): number { return this.#pace?.take(performance.now()) ?? 0 }

  /** Tell so many clients of a service. Returns how many were told, and whether others may be left. */
  protected async tell (reason: DepartureReason, service: string, count: number, force = false): Promise<Departed> {
    const { record } = this
    const departed = await this.#depart({
      service,
      lbVserver: record.lbVserver,
      order: record.order,
      reason,
      count,
      force
    })
    if (!force) this.#pace?.giveBack(count - departed.told)
    record.told += departed.told
    if (force) record.toldAtDeadline += departed.told
    return departed
  }

  /** Count the clients of the service that it is about. */
  protected async count (service: string): Promise<void> {
    const { present } = await this.#depart({
      service,
      order: this.record.order,
      reason: 'draining',
      count: 0,
      force: false
    })
    if (!this.#counted) this.record.clients = Math.max(this.record.clients, present)
    this.#counted = true
    this.record.remaining = present
  }

  /** True if the workers were not asked for a while. */
  protected get countDue (): boolean { return performance.now() - this.#askedAt >= COUNT_MS }

  /**
   * Tell the clients of a service that are due, or all with `force`, as after the deadline. Returns what there was to
   * do.
   */
  protected async tellDue (
    reason: DepartureReason,
    service: string,
    force = this.deadlinePassed
  ): Promise<Departed & { readonly due: number }> {
    if (!this.#counted) await this.count(service)
    const due = force ? Number.MAX_SAFE_INTEGER : this.due()
    // Many jobs may wait for clients that leave by themselves, and every worker would be asked for each of them.
    if (due === 0 && !this.countDue) return { told: 0, present: this.record.remaining, more: true, due }
    const departed = await this.tell(reason, service, due, force)
    this.record.remaining = departed.present
    return { ...departed, due }
  }

  /** One server after the other, until as many as are due were told. */
  async #depart (query: DepartureQuery): Promise<Departed> {
    this.#askedAt = performance.now()
    const all = { told: 0, present: 0, more: false }
    for (const service of serversOf(this.place.config(), query.service)) {
      // Once it rests, those that are left are counted alone.
      const asked = this.#atWork ? { ...query, count: query.count - all.told } : { ...query, count: 0, force: false }
      const { told, present, more } = await this.place.plane.depart({ ...asked, service })
      all.told += told
      all.present += present
      all.more ||= more
    }
    return all
  }
}

/**
 * The members of each service that stands for some. Jobs may be as many as services, and each asks ten times a second:
 * a configuration is gone through once.
 */
const members = new WeakMap<Config, ReadonlyMap<string, readonly string[]>>()

const membersIn = (config: Config): ReadonlyMap<string, readonly string[]> => {
  const known = members.get(config)
  if (known !== undefined) return known
  const found = new Map<string, string[]>()
  for (const { name } of config.services) {
    const at = name.indexOf('@')
    if (at < 0) continue
    const owner = name.slice(0, at)
    const there = found.get(owner)
    if (there === undefined) found.set(owner, [name])
    else there.push(name)
  }
  members.set(config, found)
  return found
}

/** Returns the service, or its members where it stands for some. */
const serversOf = (config: Config, service: string): readonly string[] => membersIn(config).get(service) ?? [service]
