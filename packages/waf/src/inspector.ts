import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Inspection, InspectedRequest, InspectionSettings } from './inspected-request.ts'
import { LIBRARY_VARIABLE, RULES_VARIABLE } from './installation.ts'
import { type FromInspector, OUT_OF_MEMORY, type ToInspector } from './messages.ts'

/** Requests that wait for the process at one time; further ones fail at once. */
export const MOST_WAITING = 256
/** Bytes of their bodies, likewise. */
export const MOST_WAITING_BYTES = 33_554_432
/** The process is taken for stuck when a request has had no result for this long, in milliseconds. */
const STUCK_MS = 5000
/** How often waiting requests are looked at. */
const TICK_MS = 50
/** Pauses before the process is started again, in milliseconds; the last one is that of all further ones. */
const PAUSES_MS = [100, 400, 1600, 5000] as const
/** After this time with results the first pause is right again. */
const CALM_MS = 30_000
/** How often something that is not installed is looked for. */
const ABSENT_MS = 30_000

/** What became of an inspection. */
export type Inspected = Inspection | { readonly failed: string }

/** How the inspector is. `absent`: it cannot inspect; `reason` has what is missing. */
export interface InspectorState {
  readonly value: 'off' | 'starting' | 'up' | 'absent' | 'restarting'
  readonly reason: string | undefined
}

interface Waiting {
  readonly done: (result: Inspected) => void
  readonly deadline: number
  readonly settings: InspectionSettings
  readonly request: InspectedRequest
  /** The process has it. */
  sent: boolean
}

const entry = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './inspector-main.ts' : './inspector-main.js', import.meta.url)
)

/**
 * Has requests inspected by libmodsecurity in a process of its own.
 *
 *   off ──use──► starting ──► up ──(it ended, or was stuck)──► restarting ──► starting
 *                   └──► absent ──(looked for again)──► starting
 */
export class Inspector {
  readonly #onState: (state: InspectorState) => void
  readonly #waiting = new Map<number, Waiting>()
  /** Bytes of the bodies of requests that wait, or that the process has, by their number. */
  readonly #held = new Map<number, number>()
  #bytes = 0
  #settings: readonly InspectionSettings[] = []
  #child: ChildProcess | undefined
  #state: InspectorState = { value: 'off', reason: undefined }
  #next = 0
  #pause = 0
  #upSince = 0
  /** Requests that the process has, also those for whose result nobody waits any more. */
  #asked = 0
  /** When the process has last shown that it gets on, or was sent a request that is its only one. */
  #movedAt = 0
  #tick: NodeJS.Timeout | undefined
  #retry: NodeJS.Timeout | undefined

  /** `onState`: called with each change. */
  constructor (onState: (state: InspectorState) => void) { this.#onState = onState }

  get state (): InspectorState { return this.#state }

  /** Identifier of the process; undefined where there is none. */
  get pid (): number | undefined { return this.#child?.pid }

  /** Use rules with these settings from now on; none: the process ends. */
  use (settings: readonly InspectionSettings[]): void {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return
    this.#settings = settings
    if (settings.length === 0) this.stop()
    else if (this.#child === undefined) this.#start()
    else this.#send({ kind: 'use', settings })
  }

  /** Inspect a request. `done` is called once, perhaps before this returns. */
  inspect (
    settings: InspectionSettings,
    request: InspectedRequest,
    timeoutMs: number,
    done: (result: Inspected) => void
  ): void {
    const { value, reason } = this.#state
    if (value === 'absent' || value === 'off') return done({ failed: reason ?? 'nothing is inspected' })
    if (this.#held.size >= MOST_WAITING) return done({ failed: `${MOST_WAITING} requests wait for their inspection` })
    const size = request.body?.length ?? 0
    if (this.#bytes + size > MOST_WAITING_BYTES)
      return done({ failed: `bodies of ${MOST_WAITING_BYTES} bytes wait for their inspection` })
    const id = this.#next++
    this.#held.set(id, size)
    this.#bytes += size
    const waiting = { done, deadline: performance.now() + timeoutMs, settings, request, sent: false }
    this.#waiting.set(id, waiting)
    this.#tick ??= setInterval(() => { this.#look() }, TICK_MS).unref()
    // Before the process is ready it waits, at most for its time.
    if (value === 'up') this.#ask(id, waiting)
  }

  #ask (id: number, waiting: Waiting): void {
    waiting.sent = true
    if (this.#asked++ === 0) this.#movedAt = performance.now()
    this.#send({ kind: 'inspect', id, settings: waiting.settings, request: waiting.request })
  }

  /** End the process; requests that wait fail. */
  stop (): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    const child = this.#child
    this.#child = undefined
    child?.removeAllListeners()
    child?.on('error', () => {})
    child?.kill('SIGKILL')
    this.#failAll('nothing is inspected any more')
    this.#become({ value: 'off', reason: undefined })
  }

  #become (state: InspectorState): void {
    if (state.value === this.#state.value && state.reason === this.#state.reason) return
    this.#state = state
    this.#onState(state)
  }

  #start (): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#become({ value: 'starting', reason: undefined })
    // It reads hostile bytes with native code: of the environment it gets nothing else.
    const env = { [LIBRARY_VARIABLE]: process.env[LIBRARY_VARIABLE], [RULES_VARIABLE]: process.env[RULES_VARIABLE] }
    const child = fork(entry, [], {
      env,
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc']
    })
    this.#child = child
    child.on('message', message => {
      if (child === this.#child) this.#onMessage(message as FromInspector)
    })
    child.on('error', error => {
      this.#ended(child, error.message)
    })
    child.on('exit', (code, signal) => {
      this.#ended(
        child,
        signal !== null ? `signal ${signal}` : code === OUT_OF_MEMORY ? 'it had too much memory' : `exit code ${code}`
      )
    })
    this.#send({ kind: 'use', settings: this.#settings })
  }

  #send (message: ToInspector): void {
    // A failed write is followed by the end of the process.
    this.#child?.send(message, () => {})
  }

  #onMessage (message: FromInspector): void {
    switch (message.kind) {
      case 'ready':
        this.#upSince = performance.now()
        this.#become({ value: 'up', reason: undefined })
        for (const [id, waiting] of this.#waiting) if (!waiting.sent) this.#ask(id, waiting)
        return
      case 'absent': return this.#absent(message.reason)
      case 'inspected': return this.#done(message.id, message.inspection)
      case 'failed': return this.#done(message.id, { failed: message.reason })
    }
  }

  #absent (reason: string): void {
    const settings = this.#settings
    this.#failAll(reason)
    this.stop()
    this.#become({ value: 'absent', reason })
    this.#settings = settings
    this.#retry = setTimeout(() => { this.#start() }, ABSENT_MS).unref()
  }

  #done (id: number, result: Inspected): void {
    this.#asked--
    this.#movedAt = performance.now()
    this.#letGo(id)
    const waiting = this.#waiting.get(id)
    // It may have been too late.
    this.#forget(id)
    waiting?.done(result)
  }

  #letGo (id: number): void {
    this.#bytes -= this.#held.get(id) ?? 0
    this.#held.delete(id)
  }

  #forget (id: number): void {
    this.#waiting.delete(id)
    if (this.#waiting.size > 0 || this.#asked > 0) return
    clearInterval(this.#tick)
    this.#tick = undefined
  }

  #failAll (reason: string): void {
    const all = [...this.#waiting]
    this.#asked = 0
    this.#held.clear()
    this.#bytes = 0
    for (const [id] of all) this.#forget(id)
    for (const [, { done }] of all) done({ failed: reason })
  }

  /** Fail what has waited too long, and end a process that does not get on. */
  #look (): void {
    const now = performance.now()
    for (const [id, { done, deadline, sent }] of this.#waiting) {
      if (now < deadline) continue
      this.#forget(id)
      if (!sent) this.#letGo(id)
      done({ failed: 'its inspection took too long' })
    }
    if (this.#asked > 0 && now - this.#movedAt > STUCK_MS) this.#child?.kill('SIGKILL')
  }

  #ended (child: ChildProcess, why: string): void {
    if (child !== this.#child) return
    this.#child = undefined
    if (performance.now() - this.#upSince > CALM_MS) this.#pause = 0
    const pause = PAUSES_MS[this.#pause]!
    this.#pause = Math.min(this.#pause + 1, PAUSES_MS.length - 1)
    this.#failAll(`the process that inspects has ended: ${why}`)
    this.#become({ value: 'restarting', reason: why })
    this.#retry = setTimeout(() => { this.#start() }, pause).unref()
  }
}
