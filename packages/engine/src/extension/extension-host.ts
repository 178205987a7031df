import type { ExtensionStrikes } from '@weirlb/model'
import type { EngineExtension, EngineVersion } from '../config.ts'
import { type BatchSink, type Bundle, clientText, type Cut, type Declaration, Event, type Guest, type GuestFailure, type LoadOptions, Op, type Runtime, TRACED, goodbyeReasons } from '@weirlb/sdk/abi'
import { compileProtocol, type ProtocolSpec } from '../framing/spec.ts'
import type { Log } from '../log.ts'
import type { Tracer } from '../trace/tracer.ts'
import { ExtensionAccount } from './account.ts'
import { AnswerReader } from './answer.ts'
import type { Asker } from './asker.ts'
import { Batch } from './batch.ts'
import type { GuestClient } from './guest-client.ts'
import { toldInOneLine } from './ask-guest.ts'
import { loadOptions } from './load-guest.ts'
import { networkOf } from './network-of.ts'
import type { Question } from './question.ts'
import { Strikes } from './strikes.ts'
import { Unheard } from './unheard.ts'

const NO_BYTES = new Uint8Array(0)
/** Closed connections are told to the guest with the next crossing; this many are worth one of their own. */
const MANY_CLOSES = 128
/** Requests that are asked about one by one, after a cut of which nobody could tell whose it was: its promises were let go by one of many. */
const SINGLY = 1024

export type ExtensionState = 'up' | 'rebuilding' | 'down'

interface Goodbye { readonly client: GuestClient, readonly reason: number, readonly answered: boolean }
interface Closed { readonly slot: number, readonly why: Uint8Array, /** Hears what is answered to it. */ readonly client: GuestClient | undefined }

const lose = (client: GuestClient, reason: 'extension-error' | 'extension-down', message: string): void => {
  try {
    client.onGuestLost(reason, message)
  } catch (error) {
    client.onFault(error)
  }
}

/**
 * One version of an extension in this process: gathers what connections ask during a loop tick into one crossing, hands out the answers,
 * and brings the guest back when it dies.
 *
 *   up ──(guest fails)──► rebuilding ──(loaded)──► up
 *                             └──(too many failures within the window)──► down ──(after its time, loaded)──► up
 */
export class ExtensionHost implements BatchSink {
  readonly name: string
  readonly version: number
  readonly bundle: Bundle
  readonly declaration: Declaration
  readonly spec: ProtocolSpec
  /** What it has done and used. */
  readonly account: ExtensionAccount
  state: ExtensionState = 'up'
  /** Connections that it cannot be asked about are tunnelled. */
  failOpen = false
  /** Most bytes that may wait for its verdicts in one direction of a connection. */
  heldBytes = 0

  readonly #runtime: Runtime
  options: LoadOptions
  readonly #log: Log
  readonly #onState: (state: ExtensionState, message: string) => void
  readonly #strikes: Strikes
  readonly #vserverInfo = new Map<number, Uint8Array>()

  // Of the present guest:
  #guest: Guest | undefined
  #incarnation = 0
  #answer!: AnswerReader
  #gathering!: Batch
  #other!: Batch
  #inFlight: Batch | undefined
  /** Requests of it that the present run was given. */
  #asked = 0
  /** The rest of it is to be run when the event loop has turned. */
  #restDue = false
  #slots: (GuestClient | undefined)[] = []
  #freeSlots: number[] = []
  #closed: Closed[] = []
  #goodbyes: Goodbye[] = []
  #knownVservers = new Set<number>()

  #tracer: Tracer | undefined
  /** Added to the bank of a run: whether verdicts are to say where they come from. */
  #traced = 0
  #scheduled = false
  /** What the guest before this one did not live to hear: asked again before anything else. */
  readonly #unheard = new Unheard()
  /** Connections that were told there is no room. */
  #waiting = new Set<GuestClient>()
  #touched: GuestClient[] = []
  /** Requests that are still asked about one by one. */
  #singly = 0
  #rebuildTimer: NodeJS.Timeout | undefined
  #onFinished: (() => void) | undefined
  #disposed = false

  constructor (extension: EngineExtension, version: EngineVersion, guest: Guest, runtime: Runtime, log: Log, onState: (state: ExtensionState, message: string) => void) {
    this.name = extension.name
    this.version = version.version
    this.bundle = version.bundle
    this.declaration = guest.declaration
    this.spec = compileProtocol(guest.declaration)
    this.#runtime = runtime
    this.options = loadOptions(extension, version)
    this.account = new ExtensionAccount(version.version)
    this.#strikes = new Strikes(extension.strikes)
    this.#log = log
    this.#onState = onState
    this.#take(guest)
    this.account.guestUp(false)
    this.configure(extension, version)
  }

  /** True when `version` under the limits of `extension` is what runs here; limits that apply to running code do not count. */
  is (extension: EngineExtension, version: EngineVersion): boolean {
    const { mode, heapMb, originatedBytes } = loadOptions(extension, version)
    return version.version === this.version && version.bundle.code === this.bundle.code &&
      mode === this.options.mode && heapMb === this.options.heapMb && originatedBytes === this.options.originatedBytes
  }

  /** Take what applies to running code. */
  configure (extension: EngineExtension, version: EngineVersion): void {
    this.options = loadOptions(extension, version)
    this.#guest?.setBatchTimeout(this.options.batchTimeoutMs)
    this.#strikes.policy = extension.strikes
    this.failOpen = extension.failOpen
    this.heldBytes = extension.limits.heldBytes
  }

  /** When it is out of service. */
  get strikePolicy (): ExtensionStrikes { return this.#strikes.policy }

  /** Say what a vserver is called and with which parameters; told to the guest before the first connection that comes from it. */
  describeVserver (index: number, info: { readonly name: string, readonly params: object }): void {
    this.#vserverInfo.set(index, Buffer.from(JSON.stringify(info)))
    this.#knownVservers.delete(index)
  }

  /** What the guest is told of a vserver: JSON `{ name, params }`. */
  vserverInfo (index: number): Uint8Array | undefined { return this.#vserverInfo.get(index) }

  forgetVserver (index: number): void {
    this.#vserverInfo.delete(index)
    this.#knownVservers.delete(index)
  }

  /** Tell a tracer of every answer from the next crossing on, or nobody any more. */
  traceTo (tracer: Tracer | undefined): void {
    this.#tracer = tracer
    this.#traced = tracer?.spec.level === 'verdicts' ? TRACED : 0
  }

  /** True when this connection is known to the present guest. */
  knows (client: GuestClient): boolean { return client.slot >= 0 && client.incarnation === this.#incarnation && this.#guest !== undefined }

  /** Ask about the connection itself (onConnect). False: no room now; `onHostReady` follows. */
  submitOpen (client: GuestClient): boolean {
    return this.#unheard.isEmpty ? this.#ensureOpen(client) : this.#wait(client)
  }

  /** Ask about one frame, of which `source[from..to)` enters. False: no room now; `onHostReady` follows. */
  submitMessage (client: GuestClient, asker: Asker, source: Uint8Array, from: number, to: number, frameLength: number, answered: boolean): boolean {
    // An open and its first message may lie in two batches: together they may be more than one takes.
    if (!this.submitOpen(client) || !this.#gathering.hasRoom(1, to - from)) return this.#wait(client)
    this.#schedule()
    this.#gathering.ask(client, asker, Event.message, source, from, to, frameLength, 0, answered)
    this.account.stats.messages++
    return true
  }

  /** Ask about undecided bytes of a stream; `last`: it ends with them. False: no room now; `onHostReady` follows. */
  submitData (client: GuestClient, asker: Asker, source: Uint8Array, from: number, to: number, last: boolean, answered: boolean): boolean {
    if (!this.submitOpen(client) || !this.#gathering.hasRoom(1, to - from)) return this.#wait(client)
    this.#schedule()
    this.#gathering.ask(client, asker, Event.data, source, from, to, 0, last ? 1 : 0, answered)
    this.account.stats.messages++
    return true
  }

  /** Ask for last words; `onGoodbye` follows, at once with none when the guest cannot know the connection. */
  submitGoodbye (client: GuestClient, reason: typeof goodbyeReasons[number], answered: boolean): void {
    if (!this.declaration.hooks.goodbye || !this.knows(client)) {
      client.onGoodbye(undefined)
      return
    }
    this.#goodbyes.push({ client, reason: goodbyeReasons.indexOf(reason), answered })
    this.#schedule()
  }

  /** The connection is over, or needs the guest no more. */
  release (client: GuestClient, why: string): void {
    this.#waiting.delete(client)
    this.#unheard.forget(client)
    if (!this.knows(client)) return
    this.#slots[client.slot] = undefined
    const { close } = this.declaration.hooks
    this.#closed.push({ slot: client.slot, why: close ? Buffer.from(why, 'latin1') : NO_BYTES, client: close ? client : undefined })
    client.slot = -1
    if (this.#closesDue) this.#schedule()
  }

  /** Replace bundle positions by the author's. */
  mapStack (stack: string): string { return this.#guest?.mapStack(stack) ?? stack }

  /** Bring what it uses up to date. */
  refreshUsage (): void { this.account.use(this.#guest?.usage(), this.#strikes.count) }

  /** Its last connection is gone: `done` is called when it has heard of all closes that it wants to hear of, or is dead. */
  finishUp (done: () => void): void {
    this.#onFinished = done
    this.#finishIfQuiet()
  }

  #finishIfQuiet (): void {
    const done = this.#onFinished
    if (done === undefined || (this.#guest !== undefined && this.declaration.hooks.close && (this.#closed.length > 0 || this.#inFlight !== undefined))) return
    this.#onFinished = undefined
    done()
  }

  dispose (): void {
    this.#disposed = true
    clearTimeout(this.#rebuildTimer)
    this.refreshUsage()
    this.account.close()
    this.#guest?.dispose()
    this.#guest = undefined
  }

  // ── gathering ────────────────────────────────────────────────────────────

  /** Make sure the guest knows the connection, or is told of it by the batch that gathers. */
  #ensureOpen (client: GuestClient): boolean {
    if (this.#guest === undefined) return this.#wait(client)
    if (this.knows(client)) return true
    const batch = this.#gathering
    const index = client.vserverIndex
    const info = this.#knownVservers.has(index) ? undefined : this.#vserverInfo.get(index)
    const who = Buffer.from(clientText(client.clientAddress, client.clientServerName))
    if (!batch.hasRoom(2, who.length + (info?.length ?? 0))) return this.#wait(client)
    if (info !== undefined) {
      batch.add(undefined, Event.vserver, index, 0, info, 0, info.length, 0, 0, 0)
      this.#knownVservers.add(index)
    }
    const slot = this.#freeSlots.pop() ?? this.#slots.length
    this.#slots[slot] = client
    client.slot = slot
    client.incarnation = this.#incarnation
    batch.add(client, Event.open, slot, 0, who, 0, who.length, 0, index, client.clientPort)
    this.#schedule()
    return true
  }

  /** Ask what the guest before did not hear; false: no room now. */
  readonly #askAgain = ({ client, asker, event, bytes, frameLength, arg, answered }: Question): boolean => {
    if (!this.#ensureOpen(client)) return false
    if (asker === undefined) return true
    if (!this.#gathering.hasRoom(1, bytes.length)) return false
    this.#schedule()
    this.#gathering.ask(client, asker, event, bytes, 0, bytes.length, frameLength, arg, answered)
    return true
  }

  #wait (client: GuestClient): false {
    this.#waiting.add(client)
    return false
  }

  get #closesDue (): boolean { return this.#closed.length >= (this.declaration.hooks.close ? 1 : MANY_CLOSES) }

  #schedule (): void {
    if (this.#scheduled || this.#inFlight !== undefined || this.#guest === undefined) return
    this.#scheduled = true
    setImmediate(this.#cross)
  }

  readonly #cross = (): void => {
    this.#scheduled = false
    const guest = this.#guest
    if (guest === undefined || this.#inFlight !== undefined) return
    const batch = this.#gathering
    this.#addGoodbyes(batch)
    this.#addClosed(batch)
    if (batch.count === 0) return
    this.#gathering = this.#other
    this.#other = batch
    this.#inFlight = batch
    this.#run(guest, batch)
  }

  #run (guest: Guest, batch: Batch): void {
    this.#asked = this.#singly > 0 ? 1 : batch.count
    if (this.#singly > 0) this.#singly--
    this.account.crossing(this.#tracer !== undefined)
    guest.run(batch.bank | this.#traced, this.#asked, this)
  }

  readonly #runRest = (): void => {
    if (!this.#restDue) return
    this.#restDue = false
    if (this.#guest !== undefined && this.#inFlight !== undefined) this.#run(this.#guest, this.#inFlight)
  }

  /** Ask for last words, of as many as fit: at a shutdown all connections want them at once. */
  #addGoodbyes (batch: Batch): void {
    const goodbyes = this.#goodbyes
    let n = 0
    while (n < goodbyes.length && batch.hasRoom(1, 0)) {
      const { client, reason, answered } = goodbyes[n++]!
      if (this.knows(client)) batch.add(client, Event.goodbye, client.slot, 0, NO_BYTES, 0, 0, 0, reason, answered ? 1 : 0)
    }
    goodbyes.splice(0, n)
  }

  /** Tell which connections ended; their slots are free for opens that come after in the same or a later batch. */
  #addClosed (batch: Batch): void {
    const closed = this.#closed
    let n = 0
    while (n < closed.length && batch.hasRoom(1, closed[n]!.why.length)) {
      const { slot, why, client } = closed[n++]!
      batch.add(client, Event.close, slot, 0, why, 0, why.length, 0, 0, 0)
      this.#freeSlots.push(slot)
    }
    if (n === closed.length) closed.length = 0
    else closed.splice(0, n)
  }

  // ── answers ──────────────────────────────────────────────────────────────

  batchDone (_bank: number, processed: number, unhandled?: string): void {
    const batch = this.#inFlight
    if (batch === undefined) return
    const ms = this.account.crossed()
    if (unhandled !== undefined) this.#onUnhandled(unhandled)
    if (!Number.isInteger(processed) || processed < 1 || processed > this.#asked) {
      this.#fail({ kind: 'crash', message: 'the guest loop answered with an impossible count' }, 0)
      return
    }
    // Connections that have ended in the meantime have counted all the same.
    if (!this.#answer.readCounts(batch.bank, this.account.count)) {
      this.#fail({ kind: 'crash', message: 'the shared memory was tampered with' }, 0)
      return
    }
    // The one thing that tracing costs while it is off.
    if (this.#tracer !== undefined) this.#tracer.take(this, batch, this.#answer, processed, ms)
    if (this.#give(batch, processed)) this.#goOn(batch, processed)
  }

  batchCut (_bank: number, processed: number, cut: Cut): void {
    const batch = this.#inFlight
    if (batch === undefined) return
    const ms = this.account.crossed()
    // What was counted before the cut comes with the next run.
    if (this.#tracer !== undefined) this.#tracer.take(this, batch, this.#answer, processed, ms)
    if (!this.#give(batch, processed)) return
    this.#onCut(batch, processed < this.#asked ? processed : this.#asked === 1 ? 0 : -1, cut)
    if (this.#inFlight === batch) this.#goOn(batch, Math.min(processed + 1, this.#asked))
  }

  /** Hand out the first answers of a batch; false when it is not in flight any more. */
  #give (batch: Batch, processed: number): boolean {
    for (let i = 0; i < processed; i++) {
      const client = batch.clients[i]
      if (client === undefined) continue
      if (!this.#answer.read(batch.bank, i, batch.events[i] === Event.message ? batch.entered(i) : 0)) {
        this.#fail({ kind: 'crash', message: 'the shared memory was tampered with' }, i)
        return false
      }
      try {
        this.#dispatch(client, batch.events[i]!, batch.askers[i])
      } catch (error) {
        client.onFault(error)
      }
      // A handler's effects may have ended this guest's life only through batchFailed, which replaces the batch in flight.
      if (this.#inFlight !== batch) return false
    }
    return true
  }

  /** The first requests of the batch in flight are done with; the rest is run when others have had their turn. */
  #goOn (batch: Batch, done: number): void {
    if (done < batch.count) {
      batch.keepFrom(done)
      this.#flushTouched()
      this.#restDue = true
      setImmediate(this.#runRest)
      return
    }
    batch.clear()
    this.#inFlight = undefined
    this.#flushTouched()
    if (!this.#unheard.isEmpty) this.#unheard.replay(this.#askAgain)
    this.#wakeWaiting()
    if (this.#gathering.count > 0 || this.#goodbyes.length > 0 || this.#closesDue) this.#schedule()
    this.#finishIfQuiet()
  }

  /** The request at `index` was cut, -1: nobody can tell which; its connection ends, and the guest lives. */
  #onCut (batch: Batch, index: number, cut: Cut): void {
    const client = index < 0 ? this.#onlyOne(batch) : batch.clients[index]
    const message = toldInOneLine(cut.message, this.#guest)
    const { starved, cpuMs, wallMs } = cut
    this.account.cut(cut)
    this.#log.error({ extension: this.name, connection: client?.id, cpuMs: Math.round(cpuMs), wallMs: Math.round(wallMs), detail: message }, starved ? 'a message was cut on a busy machine' : 'a message was cut')
    this.#singly = client === undefined ? SINGLY : 0
    if (index >= 0) this.#tracer?.failed(this, batch, index, index + 1, { kind: 'timeout', message }, wallMs)
    const from = client === undefined ? undefined : networkOf(client.clientAddress)
    if (!starved && from !== undefined && !this.#strikes.has(from) && this.#strike(from)) {
      this.#setState('down', message)
      this.#rebuildLater(true)
    }
    // When the event loop has turned: in loop mode it has stood still, and a deadline that began now would be over.
    if (client !== undefined) setImmediate(lose, client, 'extension-error', message)
  }

  /** Whose all the requests of the present run are: what went wrong behind its handlers' backs can be nobody else's. */
  #onlyOne (batch: Batch): GuestClient | undefined {
    let only: GuestClient | undefined
    for (let i = 0; i < this.#asked; i++) {
      const client = batch.clients[i]
      if (client === undefined || client === only) continue
      if (only !== undefined) return undefined
      only = client
    }
    return only
  }

  /** A promise was rejected behind a handler's back: nobody can tell whose connection it was about, so none ends. */
  #onUnhandled (stack: string): void {
    this.account.unhandled()
    this.#log.error({ extension: this.name, stack: this.mapStack(stack) }, 'a promise of the extension was rejected and nobody handles it')
  }

  #dispatch (client: GuestClient, event: number, asker: Asker | undefined): void {
    const answer = this.#answer
    if (asker !== undefined) {
      asker.onVerdict(answer)
      const touched = this.#touched
      if (touched.length === 0 || touched[touched.length - 1] !== client) touched.push(client)
    } else if (event === Event.open) client.onOpened(answer)
    else if (event === Event.goodbye) client.onGoodbye(answer.op === Op.forward ? answer.bytes : undefined)
    else if (event === Event.close) client.onClosedAnswer(answer)
    // Only now is it known how much the answer originated: effects count when they are read.
    this.account.answered(event, answer, this.options.originatedBytes)
  }

  #flushTouched (): void {
    const touched = this.#touched
    for (let i = 0; i < touched.length; i++) {
      try {
        touched[i]!.onBatchEnd()
      } catch (error) {
        touched[i]!.onFault(error)
      }
    }
    touched.length = 0
  }

  #wakeWaiting (): void {
    if (this.#waiting.size === 0) return
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const client of waiting) {
      try {
        client.onHostReady()
      } catch (error) {
        client.onFault(error)
      }
    }
  }

  // ── life of the guest ────────────────────────────────────────────────────

  #take (guest: Guest): void {
    this.#guest = guest
    this.#incarnation++
    this.#answer = new AnswerReader(guest.memory)
    this.#gathering = new Batch(guest.memory, 0)
    this.#other = new Batch(guest.memory, 1)
    this.#inFlight = undefined
    this.#restDue = false
    this.#slots = []
    this.#freeSlots = []
    this.#closed = []
    this.#goodbyes = []
    this.#knownVservers = new Set()
  }

  batchFailed (_bank: number, failure: GuestFailure, processed: number): void {
    const batch = this.#inFlight
    if (batch === undefined || this.#give(batch, Math.min(processed, this.#asked))) this.#fail(failure, processed)
  }

  /** The guest is dead; of the batch in flight the first `given` requests have been given their answers. */
  #fail ({ kind, message: stack }: GuestFailure, given: number): void {
    if (this.#disposed || this.#guest === undefined) return
    const guest = this.#guest
    const message = guest.mapStack(stack)
    if (this.#tracer !== undefined && this.#inFlight !== undefined) this.#tracer.failed(this, this.#inFlight, given, this.#inFlight.count, { kind, message }, this.account.crossingMs)
    this.account.guestFailed(kind, this.options, guest.usage())
    this.#log.error({ extension: this.name, failure: kind, detail: message }, 'extension failed')
    const lost = this.#slots
    const spared = this.#unheard.keep({ declaration: this.declaration, clients: lost, inFlight: this.#inFlight, gathering: this.#gathering, at: kind === 'crash' ? -1 : given, leaving: this.#goodbyes.map(({ client }) => client) })
    // All answers were there: it died of promises, and those of the next guest show whose, one by one.
    const behindBacks = kind !== 'crash' && this.#inFlight !== undefined && given >= this.#asked
    const offender = behindBacks ? this.#onlyOne(this.#inFlight!) : undefined
    if (behindBacks && offender === undefined) this.#singly = SINGLY
    this.#guest = undefined
    this.#inFlight = undefined
    this.#slots = []
    guest.dispose()
    const down = this.#strike(undefined)
    this.#setState(down ? 'down' : 'rebuilding', message)
    // What it decided before it failed holds: a tunnel among it lives on.
    this.#flushTouched()
    for (const client of lost) {
      if (client === undefined) continue
      client.slot = -1
      if (client === offender || !spared.has(client)) lose(client, 'extension-error', message)
    }
    this.#rebuildLater(down)
    this.#finishIfQuiet()
  }

  /** Connections that only waited for room lost nothing, and wait for the next guest, if there is to be one soon. */
  #rebuildLater (down: boolean): void {
    clearTimeout(this.#rebuildTimer)
    if (down) {
      const waiting = new Set([...this.#unheard.giveUp(), ...this.#waiting])
      this.#waiting = new Set()
      for (const client of waiting) if (!this.knows(client)) lose(client, 'extension-down', 'the extension failed too often')
    }
    this.#rebuildTimer = setTimeout(this.#rebuild, this.#strikes.delayMs())
  }

  readonly #rebuild = (): void => {
    if (this.#guest === undefined || this.account.counts.connections === 0) void this.#load()
    else this.#isUp()
  }

  async #load (): Promise<void> {
    try {
      const guest = await this.#runtime.load(this.bundle, this.options)
      if (this.#disposed) {
        guest.dispose()
        return
      }
      this.#retireGuest()
      this.#take(guest)
      guest.setBatchTimeout(this.options.batchTimeoutMs)
      this.account.guestUp(true)
      this.#isUp()
    } catch (error) {
      if (this.#disposed) return
      const down = this.#strike(undefined)
      this.#setState(down ? 'down' : 'rebuilding', error instanceof Error ? error.message : String(error))
      this.#rebuildLater(down)
    }
  }

  /** One that is out of service, and that nobody uses any more, makes room for a fresh one. */
  #retireGuest (): void {
    const guest = this.#guest
    this.#guest = undefined
    guest?.dispose()
  }

  #isUp (): void {
    this.#setState('up', '')
    this.#unheard.replay(this.#askAgain)
    this.#wakeWaiting()
  }

  #setState (state: ExtensionState, message: string): void {
    if (this.state === state) return
    this.state = state
    this.account.setState(state)
    this.#onState(state, message)
  }

  /** Note a failure, and whose bytes it was at; true when the extension is out of service. */
  #strike (from: string | undefined): boolean {
    const down = this.#strikes.add(from)
    this.account.strike(down ? this.#strikes.delayMs() : undefined)
    return down
  }
}
