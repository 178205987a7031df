import {
  describeChoices, job as jobSchema, WeirError,
  type Config, type EventName, type EventPayload, type Job, type JobKind
} from '@weirlb/model'
import type { Log } from '@weirlb/engine'
import { notRunning } from '../config/revisions.ts'
import type { Events } from '../events.ts'
import type { JobArchive } from '../storage/job-archive.ts'
import type { JobAction, JobBoard } from './job-board.ts'
import { jobKinds } from './job-kinds.ts'
import type { JobEnd, JobRecord, Work, Workplace } from './work.ts'

/** How often a job does what is due: its clients are spread over the time in such steps. */
const STEP_MS = 100
/** How often a job's progress is reported, and that of all jobs saved. */
const PROGRESS_MS = 1000
/** Jobs that are shown after their end. */
const MAX_ENDED = 100

/** Kinds of jobs that nodes have in common. Each closes the clients of a service that is down for itself. */
const COMMON: readonly JobKind[] = ['drain', 'disable', 'rebalance']

/** What jobs need of the rest of Weir. */
export interface JobsHost extends Workplace {
  /** Of a cluster: the jobs of all nodes. */
  readonly board?: JobBoard | undefined
  readonly archive: JobArchive | undefined
  readonly events: Events
  readonly log: Log
}

/** What a new job is about. */
export type NewJob = Pick<Job, 'kind' | 'service' | 'lbVserver' | 'ratePerSecond' | 'order' | 'deadline' | 'graceful'> & Partial<Pick<Job, 'clients' | 'remaining'>>

/** A job, and its work until it ends. */
interface Entry {
  readonly record: JobRecord
  /** Undefined: it has ended, or another node runs it. */
  work: Work | undefined
  busy: boolean
  /** When its progress was reported last. */
  reportedAt: number
}

/**
 * The jobs of Weir. One that runs does a step ten times a second; each change of its state is an event and is saved. So
 * is its progress every second; one save has that of all jobs.
 */
export class RunningJobs {
  readonly #host: JobsHost
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>()
  /** Services and LB vservers, in words, whose job is about to begin. */
  readonly #beginning = new Set<string>()
  #last = 0
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> | undefined
  #unsaved = false
  /** There is progress that waits for its save. */
  #progressed = false
  #savedAt = 0
  #stopped = false

  /** The rest of Weir, with the clients of all nodes. */
  readonly #everywhere: Workplace

  constructor (host: JobsHost) {
    const { board } = host
    this.#host = host
    this.#everywhere = board === undefined ? host : { ...host, ...board.place }
    board?.start({
      seen: job => { this.#seen(job) },
      take: job => { this.#take(job) },
      act: async (id, action) => await this.#act(id, action),
      again: async ({ kind, service, ratePerSecond, order }) => await this.beginAlone(['drain', 'disable'], { kind, service, ratePerSecond, order }, async () => {})
    })
  }

  /** Read the jobs of the process before. A job that cannot go on ends. */
  async restore (): Promise<void> {
    const { archive, log } = this.#host
    const saved = await archive?.load().catch((error: unknown) => {
      log.warn({ error: (error as Error).message }, 'the jobs before this start were not read')
    })
    if (saved === undefined) return
    this.#last = saved.last
    for (const one of saved.jobs) {
      const { data } = jobSchema.safeParse(one)
      if (data === undefined) log.warn({ job: one.id }, 'a saved job was not understood and is left out')
      else this.#entries.set(data.id, { record: data, work: isOver(data) ? undefined : this.#workOf(data), busy: false, reportedAt: 0 })
    }
  }

  /** Go on with the restored jobs: Weir is running. */
  start (): void {
    for (const entry of this.#entries.values()) {
      const reason = entry.work?.endAtRestart
      if (reason !== undefined) this.#end(entry, { state: 'failed', reason })
    }
    this.committed(this.#host.config())
    this.#arm()
  }

  /** Stop working. What runs goes on at the next start, if it can. */
  async stop (): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#save()
    this.#stopped = true
    while (this.#saving !== undefined) await this.#saving
  }

  /** Go on after `stop`. */
  goOn (): void {
    this.#stopped = false
    this.#save()
    this.#arm()
  }

  list (): readonly Job[] { return [...this.#entries.values()].map(({ record }) => ({ ...record })).reverse() }

  get (id: string): Job | undefined {
    const record = this.#entries.get(id)?.record
    return record && { ...record }
  }

  async pause (id: string): Promise<Job> { return await this.#act(id, 'pause') }
  async resume (id: string): Promise<Job> { return await this.#act(id, 'resume') }
  async cancel (id: string): Promise<Job> { return await this.#act(id, 'cancel') }

  async #act (id: string, action: JobAction): Promise<Job> {
    const entry = this.#unended(id)
    const { work, record } = entry
    if (work === undefined) return await this.#host.board!.act(id, action)
    if (action === 'cancel') this.#end(entry, { state: 'cancelled' })
    else if (action === 'pause' && record.state === 'running') {
      work.rest()
      this.#move(entry, 'paused')
    } else if (action === 'resume' && record.state === 'paused') {
      work.resume()
      this.#move(entry, 'running')
      this.#arm()
    }
    return { ...record }
  }

  /**
   * Begin a job once `prepare` is done. Rejects with job-running if one of these kinds is at work on the same service
   * or LB vserver, or about to be.
   */
  async beginAlone (kinds: readonly JobKind[], about: NewJob, prepare: () => Promise<unknown>): Promise<Job> {
    this.#requireWork()
    const { service, lbVserver } = about
    const { board } = this.#host
    const what = service === undefined ? `LB vserver '${lbVserver}'` : `service '${service}'`
    // What other nodes have begun is known then.
    const letGo = await board?.reserve(what)
    try {
      return await this.#beginAlone(kinds, about, what, prepare)
    } finally {
      letGo?.()
    }
  }

  async #beginAlone (kinds: readonly JobKind[], about: NewJob, what: string, prepare: () => Promise<unknown>): Promise<Job> {
    const { board } = this.#host
    const other = this.#atWork(kinds, about)
    if (other !== undefined)
      throw new WeirError(
        'job-running',
        `${what} has a job already: '${other.record.id}', which is ${other.record.state}; cancel it first, or wait for its end`
      )
    if (this.#beginning.has(what))
      throw new WeirError('job-running', `${what} is about to have a job; wait for its end`)
    this.#beginning.add(what)
    try {
      await prepare()
      if (board === undefined) return this.begin(about)
      const job = await board.create({ ...this.#fresh(about, 0), node: board.node }, this.#last + 1)
      this.#last = Math.max(this.#last, numberOf(job))
      return this.#begin(job)
    } finally {
      this.#beginning.delete(what)
    }
  }

  /** Begin a job. */
  begin (about: NewJob): Job { return this.#begin(this.#fresh(about, ++this.#last)) }

  #fresh (about: NewJob, number: number): Job {
    return {
      id: `${about.kind}-${number}`,
      clients: 0,
      remaining: 0,
      ...about,
      state: 'running',
      startedAt: new Date().toISOString(),
      told: 0,
      toldAtDeadline: 0
    }
  }

  #begin (job: Job): Job {
    const record: JobRecord = { ...job }
    const work = this.#workOf(record)
    const entry: Entry = { record, work, busy: false, reportedAt: performance.now() }
    this.#entries.set(record.id, entry)
    this.#report(entry, 'job-started', 'a job has started')
    this.#forgetOldest()
    // What it is about may have changed since it was asked for.
    const end = work.endIn(this.#host.config())
    if (end !== undefined) this.#end(entry, end)
    this.#arm()
    return { ...record }
  }

  /** Another node runs this job, or has ended it. */
  #seen (job: Job): void {
    this.#last = Math.max(this.#last, numberOf(job))
    const entry = this.#entries.get(job.id)
    if (entry === undefined) {
      this.#entries.set(job.id, { record: { ...job }, work: undefined, busy: false, reportedAt: 0 })
      if (!isOver(job)) this.#emit(job, 'job-started')
      this.#forgetOldest()
      return
    }
    const before = entry.record.state
    entry.work?.rest()
    entry.work = undefined
    Object.assign(entry.record, job)
    if (job.state === before) this.#emit(job, 'job-progress')
    else this.#emit(job, job.state === 'running' ? 'job-resumed' : job.state === 'paused' ? 'job-paused' : 'job-ended')
  }

  /** The node that has run this job is gone. */
  #take (job: Job): void {
    const entry: Entry = this.#entries.get(job.id) ??
      { record: { ...job }, work: undefined, busy: false, reportedAt: 0 }
    this.#entries.set(job.id, entry)
    Object.assign(entry.record, job)
    const work = entry.work = this.#workOf(entry.record)
    if (job.state === 'paused') work.rest()
    this.#host.log.info({ job: job.id }, 'the node of a job is gone: it goes on here')
    const end = work.endIn(this.#host.config())
    if (end !== undefined) this.#end(entry, end)
    this.#arm()
  }

  /** This configuration runs now. */
  committed (config: Config): void { this.#endWhere(work => work.endIn(config)) }

  /** A service failed its monitors, or passes them again. */
  onHealth (service: string, up: boolean): void {
    this.#endWhere(work => work.onHealth(service, up))
    if (up || this.#stopped) return
    for (const { name, services, onDown, onDownRatePerSecond } of this.#host.config().lbVservers) {
      if (
        onDown !== 'close' || onDownRatePerSecond === undefined || !services.some(bound => bound.name === service) ||
        this.#atWork(['close'], { service, lbVserver: name }) !== undefined
      ) continue
      this.begin({ kind: 'close', service, lbVserver: name, ratePerSecond: onDownRatePerSecond, order: 'idle-first' })
    }
  }

  /** Returns the job of one of these kinds on the same service and LB vserver that has not ended. */
  #atWork (kinds: readonly JobKind[], { service, lbVserver }: Pick<Job, 'service' | 'lbVserver'>): Entry | undefined {
    return [...this.#entries.values()].find(({ record }) =>
      !isOver(record) && kinds.includes(record.kind) && record.service === service && record.lbVserver === lbVserver
    )
  }

  #endWhere (endOf: (work: Work) => JobEnd | undefined): void {
    for (const entry of this.#entries.values()) {
      const end = entry.work && endOf(entry.work)
      if (end !== undefined) this.#end(entry, end)
    }
  }

  #workOf (record: JobRecord): Work {
    return new jobKinds[record.kind](record, this.#isCommon(record) ? this.#everywhere : this.#host)
  }

  /** The store has it, and all nodes know it. */
  #isCommon ({ kind }: Pick<Job, 'kind'>): boolean { return this.#host.board !== undefined && COMMON.includes(kind) }

  /** Throws while nothing is done, as in a hand-over: the jobs that are saved are another's. */
  #requireWork (): void {
    if (this.#stopped) throw notRunning()
  }

  #unended (id: string): Entry {
    this.#requireWork()
    const entry = this.#entries.get(id)
    if (entry === undefined)
      throw new WeirError('not-found', `no job '${id}'; there are: ${describeChoices([...this.#entries.keys()])}`)
    if (isOver(entry.record)) throw new WeirError('job-ended', `job '${id}' has ended: it is ${entry.record.state}`)
    return entry
  }

  #arm (): void {
    if (this.#stopped || this.#timer !== undefined || !this.#someRun) return
    this.#timer = setInterval(() => { this.#step() }, STEP_MS).unref()
  }

  get #someRun (): boolean {
    return [...this.#entries.values()].some(({ record, work }) => work !== undefined && record.state === 'running')
  }

  #step (): void {
    if (!this.#someRun) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    if (this.#progressed && performance.now() - this.#savedAt >= PROGRESS_MS) this.#save()
    for (const entry of this.#entries.values()) {
      const { work, record } = entry
      if (work !== undefined && record.state === 'running' && !entry.busy) void this.#work(entry, work)
    }
  }

  async #work (entry: Entry, work: Work): Promise<void> {
    entry.busy = true
    let end: JobEnd | undefined
    try {
      end = await work.step()
    } catch (error) {
      // Workers are being restarted: the next step finds them.
      if (!(error instanceof WeirError && error.retry)) end = { state: 'failed', reason: (error as Error).message }
    }
    entry.busy = false
    if (entry.work !== work || this.#stopped) return
    if (end !== undefined) this.#end(entry, end)
    else if (performance.now() - entry.reportedAt >= PROGRESS_MS) this.#report(entry, 'job-progress', undefined)
  }

  #move (entry: Entry, state: 'running' | 'paused'): void {
    entry.record.state = state
    this.#report(entry, state === 'running' ? 'job-resumed' : 'job-paused', `a job is ${state}`)
  }

  #end (entry: Entry, { state, reason }: JobEnd): void {
    const { record } = entry
    entry.work?.rest()
    entry.work = undefined
    record.state = state
    record.reason = reason
    record.endedAt = new Date().toISOString()
    this.#report(entry, 'job-ended', 'a job has ended')
  }

  #report (entry: Entry, event: JobEvent, words: string | undefined): void {
    entry.reportedAt = performance.now()
    const payload = this.#emit(entry.record, event)
    if (words !== undefined) this.#host.log.info(payload, words)
    if (this.#isCommon(entry.record)) this.#host.board!.save({ ...entry.record })
    else if (event === 'job-progress') this.#progressed = true
    else this.#save()
  }

  #emit (record: Job, event: JobEvent): EventPayload<JobEvent> {
    const { id: job, kind, service, lbVserver, state, reason, told, remaining } = record
    const payload = { job, kind, service, lbVserver, state, reason, told, remaining }
    this.#host.events.emit(event, payload)
    return payload
  }

  #forgetOldest (): void {
    const ended = [...this.#entries.values()].filter(({ record }) => isOver(record))
    for (const { record } of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) this.#entries.delete(record.id)
  }

  /** Save what there is, once more after a save that is under way. */
  #save (): void {
    if (this.#stopped) return
    this.#unsaved = true
    this.#progressed = false
    this.#savedAt = performance.now()
    this.#saving ??= this.#saveAll().finally(() => { this.#saving = undefined })
  }

  async #saveAll (): Promise<void> {
    while (this.#unsaved) {
      this.#unsaved = false
      const jobs = [...this.#entries.values()].filter(({ record }) => !this.#isCommon(record)).map(({ record }) => ({ ...record }))
      try {
        await this.#host.archive?.save({ last: this.#last, jobs })
      } catch (error) {
        this.#host.log.warn({ error: (error as Error).message }, 'the jobs were not saved: they would end with this process')
      }
    }
  }
}

const numberOf = ({ id }: Job): number => Number(id.slice(id.lastIndexOf('-') + 1))

type JobEvent = Extract<EventName, `job-${string}`>

const isOver = ({ state }: Job): boolean => state !== 'running' && state !== 'paused'
