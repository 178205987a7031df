import { type EdgeFunctionFailure, endpointText } from '@weirlb/model'
import type {
  BatchSink,
  Cut,
  FunctionAnswer,
  FunctionDeclaration,
  FunctionRequest,
  FunctionRuntime,
  Guest,
  GuestFailure,
  LoadOptions
} from '@weirlb/sdk/abi'
import { MAX_FUNCTION_BATCH } from '@weirlb/sdk/abi'
import type { EngineFunction } from '../engine-config.ts'
import { toldInOneLine } from '../extension/ask-guest.ts'
import { GuestKeeper, type GuestUser } from '../extension/guest-keeper.ts'
import { networkOf } from '../extension/network-of.ts'
import { statFields } from '../stats/fields.ts'
import { observe } from '../stats/histogram.ts'
import type { EdgeFunctionStats } from '../stats/stats.ts'
import type { FunctionDecisions, FunctionSubject } from './function-decisions.ts'
import { FunctionMemory } from './function-memory.ts'
import { type FunctionOutcome, passes, refused } from './outcome.ts'
import { readAnswer } from './read-answer.ts'

/** A request on which a function did not decide. */
export interface FunctionFailed {
  readonly edgeFunction: string
  readonly trigger: string
  readonly failure: EdgeFunctionFailure
  readonly failedOpen: boolean
  readonly userVserver: string
  /** Address and port. */
  readonly client: string
  readonly reason: string
}

/** Receives what is to be known of functions. */
export interface FunctionNews {
  onFailed (failed: FunctionFailed): void
  /** A promise was rejected that belongs to no request. */
  onUnhandled (edgeFunction: string, reason: string): void
  /** Its isolate has ended, and another is loaded. */
  onDied (edgeFunction: string, failure: GuestFailure['kind'], reason: string): void
  /** Lines that it has logged at a request. */
  onLogs (edgeFunction: string, lines: readonly string[]): void
  onState (edgeFunction: string, state: FunctionState, reason: string): void
}

export type FunctionState = 'up' | 'rebuilding' | 'down'

/** A request that waits for its decision. */
interface Waiting {
  readonly request: FunctionRequest
  readonly json: string
  readonly subject: FunctionSubject
  readonly resolve: (outcome: FunctionOutcome) => void
  readonly since: number
  /** It was among several that a failure left open: it is run by itself, which shows whose fault it is. */
  alone: boolean
}

/** Maximum requests that wait for one function in one worker. */
const MAX_WAITING = 1024
/** Maximum time that one may wait for its turn, in ms. */
const MAX_WAIT_MS = 5000

/** Returns how the isolate of a function is loaded. */
export const functionOptions = ({ limits }: EngineFunction): LoadOptions => ({
  mode: 'thread',
  heapMb: limits.heapMb,
  batchTimeoutMs: limits.cpuMs,
  originatedBytes: limits.bodyBytes
})

/**
 * An edge function in one process: its isolate on a thread of its own, and the requests that wait for it. Those that
 * have come while a run is under way are the next run.
 *
 *   ask ──► waits ──► run ──┬─► its answer ──────────────────────────────────► decided
 *             ▲             ├─► stopped, crashed, no answer: alone at fault ─► failed: passes, or gets 503
 *             └─────────────┴─► not run, or one of several: again, alone
 */
export class FunctionHost implements BatchSink, GuestUser<FunctionDeclaration> {
  #config: EngineFunction
  readonly stats: EdgeFunctionStats
  readonly #news: FunctionNews
  readonly #decisions: FunctionDecisions
  readonly #keeper: GuestKeeper<FunctionDeclaration>
  #memory: FunctionMemory
  #waiting: Waiting[] = []
  /** Those of the run that is under way, in their order; none: there is no run. */
  #running: readonly Waiting[] = []
  #beganAt = 0
  #state: FunctionState = 'up'
  /** No further request comes. */
  #retired = false
  #disposed = false

  constructor (
    runtime: FunctionRuntime,
    config: EngineFunction,
    guest: Guest<FunctionDeclaration>,
    stats: EdgeFunctionStats,
    news: FunctionNews,
    decisions: FunctionDecisions
  ) {
    this.#config = config
    this.stats = stats
    this.#news = news
    this.#decisions = decisions
    this.#keeper = new GuestKeeper(runtime, config.bundle, functionOptions(config), config.strikes, guest)
    this.#memory = new FunctionMemory(guest.memory)
  }

  get config (): EngineFunction { return this.#config }
  get name (): string { return this.#config.name }
  get state (): FunctionState { return this.#state }
  get isIdle (): boolean { return false }

  /** True if this isolate is what a function needs. */
  is ({ name, bundle, limits }: EngineFunction): boolean {
    const own = this.#config
    return name === own.name && bundle.code === own.bundle.code && limits.heapMb === own.limits.heapMb &&
      limits.bodyBytes === own.limits.bodyBytes
  }

  configure (config: EngineFunction): void {
    this.#config = config
    this.#keeper.configure(functionOptions(config), config.strikes)
  }

  /** Decide on a request that a trigger has led here. The promise is never rejected. */
  ask (request: FunctionRequest, subject: FunctionSubject): Promise<FunctionOutcome> {
    return new Promise(resolve => {
      const waiting: Waiting = {
        request,
        json: JSON.stringify(request),
        subject,
        resolve,
        since: performance.now(),
        alone: false
      }
      this.stats.requests++
      this.stats.waiting++
      if (this.#state === 'down') this.#fail(waiting, 'down', 'it is out of service')
      else if (this.#waiting.length >= MAX_WAITING) this.#fail(waiting, 'busy', `${MAX_WAITING} requests wait for it`)
      else {
        this.#waiting.push(waiting)
        this.#pump()
      }
    })
  }

  /** Take no further request; the isolate ends with the last decision. */
  retire (): void {
    this.#retired = true
    this.#endIfRetired()
  }

  /** End at once: those that wait are not decided. */
  dispose (): void {
    this.#retired = true
    this.#disposed = true
    const waiting = [...this.#running, ...this.#waiting]
    this.#running = []
    this.#waiting = []
    this.#keeper.dispose()
    for (const each of waiting) this.#fail(each, 'down', 'it was ended')
  }

  #endIfRetired (): void {
    if (!this.#retired || this.#running.length + this.#waiting.length > 0) return
    this.#keeper.dispose()
    this.stats.heapBytes = 0
  }

  /** Its numbers now. */
  snapshot (): EdgeFunctionStats {
    const usage = this.#keeper.guest?.usage()
    if (usage !== undefined) this.stats.heapBytes = usage.heapBytes
    this.stats.strikes = this.#keeper.strikes
    this.stats.up = this.#state === 'down' || this.#retired ? 0 : 1
    this.stats.down = this.#state === 'down' ? 1 : 0
    return this.stats
  }

  // ── runs ─────────────────────────────────────────────────────────────────

  #pump (): void {
    const { guest } = this.#keeper
    if (this.#running.length > 0 || guest === undefined || this.#state !== 'up') return
    const run = this.#nextRun()
    if (run.length === 0) {
      this.#endIfRetired()
      return
    }
    this.#running = run
    this.#beganAt = performance.now()
    this.stats.runs++
    guest.run(0, run.length, this)
  }

  #nextRun (): readonly Waiting[] {
    const now = performance.now()
    const run: Waiting[] = []
    const memory = this.#memory
    memory.clear()
    while (this.#waiting.length > 0 && run.length < MAX_FUNCTION_BATCH) {
      const next = this.#waiting[0]!
      if (next.alone && run.length > 0) break
      if (now - next.since > MAX_WAIT_MS) {
        this.#waiting.shift()
        this.#fail(next, 'busy', `it waited for its turn for more than ${MAX_WAIT_MS} ms`)
        continue
      }
      if (!memory.add(next.json)) {
        if (run.length > 0) break
        this.#waiting.shift()
        this.#fail(next, 'too-large', `the head of the request has ${next.json.length} characters`)
        continue
      }
      this.#waiting.shift()
      run.push(next)
      if (next.alone) break
    }
    return run
  }

  batchDone (_bank: number, processed: number, unhandled?: string): void {
    const run = this.#over()
    if (unhandled !== undefined) {
      this.#news.onUnhandled(this.name, this.#told(unhandled))
    }
    const left = this.#take(run, processed)
    for (const each of left) this.#fail(each, 'unresolved', 'its promise can never resolve')
    this.#again(run.slice(processed), false)
    this.#pump()
  }

  batchCut (_bank: number, processed: number, cut: Cut): void {
    const run = this.#over()
    const left = this.#take(run, processed)
    const reason = this.#told(cut.message.replace('batchTimeoutMs', 'cpuMs'))
    // Stopped while it was called, or else in a promise: then it is that of the only request which has no answer.
    const culprit = run[processed] ?? (left.length === 1 ? left[0] : undefined)
    this.#again([...left, ...run.slice(processed)].filter(each => each !== culprit), true)
    if (culprit !== undefined) {
      this.#fail(culprit, cut.starved ? 'starved' : 'timeout', reason)
      const from = networkOf(culprit.request.client.address)
      if (!cut.starved && !this.#keeper.hasStruck(from) && this.#keeper.strike(from)) this.#setState('down', reason)
    }
    if (this.#state === 'down') this.#keeper.rebuildLater(this)
    this.#pump()
  }

  batchFailed (_bank: number, { kind, message: stack }: GuestFailure, processed: number): void {
    if (this.#disposed) return
    const run = this.#over()
    const left = this.#take(run, processed)
    const reason = this.#told(stack.replace('the extension exceeded', 'it exceeded'))
    const culprit = run[processed] ?? (left.length === 1 ? left[0] : undefined)
    if (culprit !== undefined) this.#fail(culprit, kind, reason)
    this.#news.onDied(this.name, kind, reason)
    this.#again([...left, ...run.slice(processed)].filter(each => each !== culprit), true)
    this.#keeper.retire()
    if (this.#retired && this.#waiting.length === 0) this.#endIfRetired()
    else this.#rebuild(reason)
  }

  /** The run is over. */
  #over (): readonly Waiting[] {
    const run = this.#running
    this.#running = []
    this.stats.cpuMs += performance.now() - this.#beganAt
    return run
  }

  /** Give the first of a run their answers. Returns those that have none. */
  #take (run: readonly Waiting[], processed: number): readonly Waiting[] {
    const left: Waiting[] = []
    const crowded: Waiting[] = []
    for (const [i, each] of run.slice(0, processed).entries()) {
      const json = this.#memory.answer(i)
      if (json !== undefined) {
        const answer = readAnswer(json, this.#config.limits.bodyBytes)
        if (answer === undefined) this.#fail(each, 'invalid', 'its answer cannot be read')
        else this.#answered(each, answer)
      } else if (!this.#memory.lacksRoom(i)) left.push(each)
      else if (run.length > 1) crowded.push(each)
      else this.#fail(each, 'too-large', 'there is no room for its answer')
    }
    this.#again(crowded, true)
    return left
  }

  /** Put requests that have no answer in front of the others. `alone`: one of them has failed. */
  #again (requests: readonly Waiting[], alone: boolean): void {
    if (requests.length === 0) return
    if (alone) for (const each of requests) each.alone = true
    this.#waiting.unshift(...requests)
  }

  // ── decisions ────────────────────────────────────────────────────────────

  #answered (waiting: Waiting, answer: FunctionAnswer): void {
    if (answer.logs.length > 0) this.#news.onLogs(this.name, answer.logs)
    if (answer.op === 'failed')
      this.#fail(waiting, answer.fault, this.#told(answer.text), answer.failOpen || this.#config.failOpen)
    else if (answer.op === 'allow') {
      this.stats.allowed++
      this.#decisions.onAllowed(waiting.subject)
      const unchanged = [answer.request, answer.response].every(({ set, remove }) => set.length + remove.length === 0)
      this.#decided(waiting, unchanged ? passes : { kind: 'allow', request: answer.request, response: answer.response })
    } else {
      this.stats.responded++
      const { status, headers, body } = answer
      this.#decisions.onResponded(waiting.subject, status)
      this.#decided(waiting, {
        kind: 'respond',
        reason: 'function',
        status,
        headers,
        body: Buffer.from(body, 'latin1'),
        detail: `edge function '${this.name}', trigger '${waiting.subject.trigger}'`
      })
    }
  }

  #fail (waiting: Waiting, failure: EdgeFunctionFailure, reason: string, failOpen = this.#config.failOpen): void {
    const { stats } = this
    stats.failures[failure] = (stats.failures[failure] ?? 0) + 1
    if (failOpen) stats.failedOpen++
    else stats.failedClosed++
    const { request: { client, userVserver }, subject } = waiting
    const { trigger } = subject
    this.#decisions.onFailed(subject, failure, failOpen)
    this.#news.onFailed({
      edgeFunction: this.name,
      trigger,
      failure,
      failedOpen: failOpen,
      userVserver,
      client: endpointText(client.address, client.port),
      reason
    })
    this.#decided(waiting, failOpen ? passes : refused(this.name, failure))
  }

  #decided (waiting: Waiting, outcome: FunctionOutcome): void {
    this.stats.waiting--
    observe(this.stats.decisionMs, statFields.edgeFunctions.decisionMs.bounds, performance.now() - waiting.since)
    waiting.resolve(outcome)
  }

  #told (text: string): string { return toldInOneLine(text, this.#keeper.guest).slice(0, 1024) }

  // ── life of the isolate ──────────────────────────────────────────────────

  #rebuild (reason: string): void {
    const down = this.#keeper.strike()
    this.#setState(down ? 'down' : 'rebuilding', reason)
    this.#keeper.rebuildLater(this)
  }

  onGuest (guest: Guest<FunctionDeclaration>): void {
    this.#memory = new FunctionMemory(guest.memory)
    this.stats.rebuilds++
  }

  onUp (): void {
    this.#setState('up', '')
    this.#pump()
  }

  onNotLoaded (error: unknown): void { this.#rebuild(error instanceof Error ? error.message : String(error)) }

  #setState (state: FunctionState, reason: string): void {
    if (state === this.#state) return
    this.#state = state
    this.#news.onState(this.name, state, reason)
    if (state !== 'down') return
    const waiting = this.#waiting
    this.#waiting = []
    for (const each of waiting) this.#fail(each, 'down', 'it is out of service')
  }
}
