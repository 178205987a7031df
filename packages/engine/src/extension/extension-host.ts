import type { ExtensionStrikes } from '@weirlb/model'
import type { EngineExtension, EngineVersion } from '../engine-config.ts'
import { type Bundle, type Cut, type Declaration, Event, type Guest, type GuestFailure, type LoadOptions, Op, type Runtime, TRACED } from '@weirlb/sdk/abi'
import { compileProtocol, type ProtocolSpec } from '../framing/spec.ts'
import type { Log } from '../log.ts'
import { ExtensionAccount } from './account.ts'
import { toldInOneLine } from './ask-guest.ts'
import type { Asker } from './asker.ts'
import type { Batch } from './batch.ts'
import { type Crosser, Crossing, type Soon } from './crossing.ts'
import type { GuestClient } from './guest-client.ts'
import { GuestKeeper, type GuestUser } from './guest-keeper.ts'
import { loadOptions } from './load-guest.ts'
import { networkOf } from './network-of.ts'
import type { Observer } from './observer.ts'
import { endBatchOf, lose } from './one-by-one.ts'
import type { Question } from './question.ts'
import { Unheard } from './unheard.ts'
import type { VserverDescription } from './vserver-description.ts'
import { WaitingClients } from './waiting-clients.ts'

/** Number of requests that run one by one after an unattributed time-out: one of many left the promises. */
const SINGLY = 1024

export type ExtensionState = 'up' | 'rebuilding' | 'down'

/**
 * One version of an extension in this process. It gathers the connections' requests that come together into one
 * crossing, delivers the answers, and rebuilds the guest.
 *
 *   up ──(guest fails)──► rebuilding ──(loaded)──► up
 *                             └──(too many failures within the window)──► down ──(after its time, loaded)──► up
 */
export class ExtensionHost implements Crosser, GuestUser {
  readonly name: string
  readonly version: number
  readonly declaration: Declaration
  readonly spec: ProtocolSpec
  readonly soon: Soon
  readonly gathered: Soon
  /** Its counters and usage. */
  readonly account: ExtensionAccount
  state: ExtensionState = 'up'
  /** Connections are tunnelled while it is unavailable. */
  failOpen = false
  /** Maximum bytes that may wait for its verdicts in one direction of a connection. */
  maxHeldBytes = 0

  readonly #keeper: GuestKeeper
  readonly #log: Log
  readonly #onState: (state: ExtensionState, message: string) => void
  readonly #vserverInfo = new Map<number, Buffer>()

  /** The way into the present guest; undefined: there is none. */
  #crossing: Crossing | undefined
  #incarnation = 0
  /** For the next guest. */
  #singly = 0

  observer: Observer | undefined
  /** Added to the bank of a run: whether verdicts record their position in the code. */
  #traced = 0
  /** Requests that the previous guest did not run: they run before anything else. */
  readonly #unheard = new Unheard()
  readonly #waiting = new WaitingClients()
  /** Connections with verdicts in the batch being read, the first `#touchedCount`. */
  readonly #touched: (GuestClient | undefined)[] = []
  #touchedCount = 0
  #onFinished: (() => void) | undefined

  constructor (extension: EngineExtension, version: EngineVersion, guest: Guest, runtime: Runtime, log: Log, onState: (state: ExtensionState, message: string) => void, soon: Soon = setImmediate, gathered = soon) {
    this.name = extension.name
    this.version = version.version
    this.soon = soon
    this.gathered = gathered
    this.declaration = guest.declaration
    this.spec = compileProtocol(guest.declaration)
    this.account = new ExtensionAccount(version.version, guest.declaration)
    this.#keeper = new GuestKeeper(runtime, version.bundle, loadOptions(extension, version), extension.strikes, guest)
    this.#log = log
    this.#onState = onState
    this.#take(guest)
    this.account.guestUp(false)
    this.configure(extension, version)
  }

  get bundle (): Bundle { return this.#keeper.bundle }
  get options (): LoadOptions { return this.#keeper.options }
  /** When it is out of service. */
  get strikePolicy (): ExtensionStrikes { return this.#keeper.policy }

  /** True when `version` under the limits of `extension` is what runs here; limits that apply to running code do not count. */
  is (extension: EngineExtension, version: EngineVersion): boolean {
    const { mode, heapMb, originatedBytes } = loadOptions(extension, version)
    return version.version === this.version && version.bundle.code === this.bundle.code &&
      mode === this.options.mode && heapMb === this.options.heapMb && originatedBytes === this.options.originatedBytes
  }

  /** Take what applies to running code. */
  configure (extension: EngineExtension, version: EngineVersion): void {
    this.#keeper.configure(loadOptions(extension, version), extension.strikes)
    this.failOpen = extension.failOpen
    this.maxHeldBytes = extension.limits.heldBytes
  }

  /** Set a vserver's name and parameters; the guest gets them before the vserver's first connection. */
  describeVserver (index: number, info: VserverDescription): void {
    const next = Buffer.from(JSON.stringify(info))
    if (this.#vserverInfo.get(index)?.equals(next) === true) return
    this.#vserverInfo.set(index, next)
    this.#crossing?.describeAgain(index)
  }

  /** Returns the guest's description of a vserver: JSON `{ name, params }`. */
  vserverInfo (index: number): Uint8Array | undefined { return this.#vserverInfo.get(index) }
  forgetVserver (index: number): void {
    this.#vserverInfo.delete(index)
    this.#crossing?.forgetVserver(index)
  }

  /** Report every batch to an observer from the next crossing on; undefined ends it. */
  showTo (observer: Observer | undefined): void {
    this.observer = observer
    this.#traced = observer?.wantsSites === true ? TRACED : 0
  }

  /** True if the current guest has this connection. */
  knows (client: GuestClient): boolean { return this.#crossing?.knows(client) === true }
  /** Call `onConnect` for the connection. False: no room now; `onHostReady` follows. */
  submitOpen (client: GuestClient): boolean {
    const crossing = this.#crossing
    return (crossing !== undefined && this.#unheard.isEmpty && crossing.addOpen(client)) || this.#waiting.add(client)
  }

  /** Inspect one frame, of which `source[from..to)` enters the sandbox. False: no room now; `onHostReady` follows. */
  submitMessage (client: GuestClient, asker: Asker, source: Uint8Array, from: number, to: number, frameLength: number, answered: boolean): boolean {
    const crossing = this.#crossing
    if (crossing === undefined || !this.#unheard.isEmpty || !crossing.addMessage(client, asker, source, from, to, frameLength, answered)) return this.#waiting.add(client)
    this.account.stats.messages++
    return true
  }

  /** Inspect undecided bytes of a stream; `last`: it ends with them. False: no room now; `onHostReady` follows. */
  submitData (client: GuestClient, asker: Asker, source: Uint8Array, from: number, to: number, last: boolean, answered: boolean): boolean {
    const crossing = this.#crossing
    if (crossing === undefined || !this.#unheard.isEmpty || !crossing.addData(client, asker, source, from, to, last, answered)) return this.#waiting.add(client)
    this.account.stats.messages++
    return true
  }

  /** True if the guest has this connection, or gets it for its goodbye: it `hasSent` bytes, of which no message has entered. */
  introduce (client: GuestClient, hasSent: boolean): boolean { return this.knows(client) || (hasSent && client.incarnation < 0 && this.declaration.hooks.goodbye && this.#unheard.isEmpty && this.#crossing?.addOpen(client) === true) }

  /** Returns the crossing for calls about the whole connection; undefined: the current guest does not have it. */
  callsAbout (client: GuestClient): Crossing | undefined { return this.knows(client) ? this.#crossing : undefined }

  /** The connection is over, or needs the guest no more. */
  release (client: GuestClient, why: string): void {
    this.#waiting.delete(client)
    this.#unheard.forget(client)
    const crossing = this.#crossing
    if (crossing?.knows(client) === true) crossing.addClose(client, this.declaration.hooks.close ? why : undefined)
  }

  /** The connection has ended, and the guest needs no call. */
  protected forget (client: GuestClient): void { if (this.knows(client)) this.#crossing!.forget(client) }
  /** Replace bundle positions by the author's. */
  mapStack (stack: string): string { return this.#keeper.guest?.mapStack(stack) ?? stack }
  /** Bring what it uses up to date. */
  refreshUsage (): void { this.account.use(this.#keeper.guest?.usage(), this.#keeper.strikes) }

  /** Its last connection is gone: `done` is called once the guest has handled all closes, or is dead. */
  finishUp (done: () => void): void {
    this.#onFinished = done
    this.#finishIfQuiet()
  }

  #finishIfQuiet (): void {
    const done = this.#onFinished
    if (done === undefined || (this.declaration.hooks.close && this.#crossing?.closesWait === true)) return
    this.#onFinished = undefined
    done()
  }

  dispose (): void {
    this.refreshUsage()
    this.account.close()
    this.#crossing?.end()
    this.#crossing = undefined
    this.#keeper.dispose()
  }

  /** Add a request that the previous guest did not run; false: no room now. */
  readonly #askAgain = (question: Question): boolean => this.#crossing?.addQuestion(question) === true || this.#waiting.add(question.client)

  // ── answers ──────────────────────────────────────────────────────────────

  onRun (): number {
    this.account.crossing(this.observer !== undefined)
    return this.#traced
  }

  batchDone (_bank: number, processed: number, unhandled?: string): void {
    const crossing = this.#crossing
    const batch = crossing?.inFlight
    if (crossing === undefined || batch === undefined) return
    const ms = this.account.crossed()
    if (unhandled !== undefined) this.#onUnhandled(unhandled)
    if (!Number.isInteger(processed) || processed < 1 || processed > crossing.asked) {
      this.#fail({ kind: 'crash', message: 'the guest loop answered with an impossible count' }, 0)
      return
    }
    // Connections that have ended in the meantime have counted all the same.
    if (!crossing.answer.readCounts(batch.bank, this.account.count)) {
      this.#fail({ kind: 'crash', message: 'the shared memory was tampered with' }, 0)
      return
    }
    // The one thing that tracing costs while it is off.
    if (this.observer !== undefined) this.observer.take(this, batch, crossing.answer, processed, ms)
    if (this.#give(crossing, batch, processed)) this.#goOn(crossing, batch, processed)
  }

  batchCut (_bank: number, processed: number, cut: Cut): void {
    const crossing = this.#crossing
    const batch = crossing?.inFlight
    if (crossing === undefined || batch === undefined) return
    const ms = this.account.crossed()
    // Counters from before the time-out come with the next run.
    if (this.observer !== undefined) this.observer.take(this, batch, crossing.answer, processed, ms)
    if (!this.#give(crossing, batch, processed)) return
    this.#onCut(crossing, batch, processed < crossing.asked ? processed : crossing.asked === 1 ? 0 : -1, cut)
    if (crossing.inFlight === batch) this.#goOn(crossing, batch, Math.min(processed + 1, crossing.asked))
  }

  batchFailed (_bank: number, failure: GuestFailure, processed: number): void {
    const crossing = this.#crossing
    const batch = crossing?.inFlight
    if (crossing === undefined || batch === undefined || this.#give(crossing, batch, Math.min(processed, crossing.asked))) this.#fail(failure, processed)
  }

  /** Deliver the first answers of a batch; false if it is no longer in flight. */
  #give (crossing: Crossing, batch: Batch, processed: number): boolean {
    for (let i = 0; i < processed; i++) {
      const client = batch.clients[i]
      if (client === undefined) continue
      if (!crossing.answer.read(batch.bank, i, batch.enlarges(i) ? batch.entered(i) : 0)) {
        this.#fail({ kind: 'crash', message: 'the shared memory was tampered with' }, i)
        return false
      }
      try {
        this.#dispatch(crossing, client, batch.events[i]!, batch.sides[i]!, batch.askers[i])
      } catch (error) {
        client.onFault(error)
      }
      // A handler's effects may have ended this guest's life only through batchFailed, which replaces the batch in flight.
      if (crossing.inFlight !== batch) return false
    }
    return true
  }

  #dispatch ({ answer }: Crossing, client: GuestClient, event: number, side: number, asker: Asker | undefined): void {
    if (asker !== undefined) {
      asker.onVerdict(answer)
      const count = this.#touchedCount
      if (count === 0 || this.#touched[count - 1] !== client) this.#touched[this.#touchedCount++] = client
    } else if (event === Event.open) client.onOpened(answer)
    else if (event === Event.goodbye) client.onGoodbye(answer.op === Op.forward ? answer.bytes : undefined)
    else if (event === Event.close) client.onClosedAnswer(answer)
    // The originated bytes are known only now: effects count when they are read.
    this.account.answered(event, side, answer, this.options.originatedBytes)
  }

  /** The first requests of the batch in flight are done with; the rest is run when others have had their turn. */
  #goOn (crossing: Crossing, batch: Batch, done: number): void {
    const all = crossing.doneWith(batch, done)
    this.#flushTouched()
    if (!all) {
      crossing.runRest()
      return
    }
    if (!this.#unheard.isEmpty) this.#unheard.replay(this.#askAgain)
    this.#waiting.wakeAll()
    crossing.runNext()
    this.#finishIfQuiet()
  }

  /**
   * The request at `index` was stopped at its time limit, -1: unknown which; its connection ends, and the guest
   * survives.
   */
  #onCut (crossing: Crossing, batch: Batch, index: number, cut: Cut): void {
    const client = index < 0 ? crossing.onlyClient : batch.clients[index]
    const message = toldInOneLine(cut.message, crossing.guest)
    const { starved, cpuMs, wallMs } = cut
    this.account.cut(cut, batch, index)
    this.#log.error({ extension: this.name, connection: client?.id, cpuMs: Math.round(cpuMs), wallMs: Math.round(wallMs), detail: message }, starved ? 'a message was stopped on a busy machine' : 'a message was stopped')
    crossing.singly = client === undefined ? SINGLY : 0
    if (index >= 0) this.observer?.failed(this, batch, index, index + 1, { kind: 'timeout', message }, wallMs)
    const from = client === undefined ? undefined : networkOf(client.facts.address)
    if (!starved && from !== undefined && !this.#keeper.hasStruck(from) && this.#strike(from)) {
      this.#setState('down', message)
      this.#rebuildLater(true)
    }
    // When the event loop has turned: in loop mode it has stood still, and a deadline that began now would be over.
    if (client !== undefined) this.soon(() => { lose(client, 'extension-error', message) })
  }

  /** A promise was rejected outside the handlers: its connection is unknown, so none ends. */
  #onUnhandled (stack: string): void {
    this.account.unhandled()
    this.#log.error({ extension: this.name, stack: this.mapStack(stack) }, 'a rejection in the extension was not handled')
  }

  #flushTouched (): void {
    const touched = this.#touched
    for (let i = 0; i < this.#touchedCount; i++) {
      const client = touched[i]
      touched[i] = undefined
      if (client !== undefined) endBatchOf(client)
    }
    this.#touchedCount = 0
  }

  // ── life of the guest ────────────────────────────────────────────────────

  #take (guest: Guest): void { this.#crossing = new Crossing(this, guest, ++this.#incarnation, this.#singly) }

  /** The guest is dead; the first `given` requests of the batch in flight have their answers. */
  #fail ({ kind, message: stack }: GuestFailure, given: number): void {
    const crossing = this.#crossing
    if (crossing === undefined) return
    const { guest, inFlight, gathering, clients: lost, leaving } = crossing
    const message = guest.mapStack(stack)
    if (inFlight !== undefined) this.observer?.failed(this, inFlight, given, inFlight.count, { kind, message }, this.account.crossingMs)
    this.account.guestFailed(kind, this.options, guest.usage(), inFlight, given)
    this.#log.error({ extension: this.name, failure: kind, detail: message }, 'extension failed')
    const spared = this.#unheard.keep({ declaration: this.declaration, clients: lost, inFlight, gathering, at: kind === 'crash' ? -1 : given, leaving })
    // All answers were there: promises killed it. Running the next guest's requests one by one shows whose.
    const behindBacks = kind !== 'crash' && inFlight !== undefined && given >= crossing.asked
    const offender = behindBacks ? crossing.onlyClient : undefined
    this.#singly = behindBacks && offender === undefined ? SINGLY : crossing.singly
    crossing.end()
    this.#crossing = undefined
    this.#keeper.retire()
    const down = this.#strike(undefined)
    this.#setState(down ? 'down' : 'rebuilding', message)
    // Its decisions from before the failure stand: a tunnel among them continues.
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
    if (down) {
      const waiting = new Set([...this.#unheard.giveUp(), ...this.#waiting.takeAll()])
      for (const client of waiting) if (!this.knows(client)) lose(client, 'extension-down', 'the extension failed too often')
    }
    this.#keeper.rebuildLater(this)
  }

  get isIdle (): boolean { return this.account.counts.connections === 0 }

  onGuest (guest: Guest): void {
    this.#crossing?.end()
    this.#take(guest)
    this.account.guestUp(true)
  }

  onUp (): void {
    this.#setState('up', '')
    this.#unheard.replay(this.#askAgain)
    this.#waiting.wakeAll()
  }

  onNotLoaded (error: unknown): void {
    const down = this.#strike(undefined)
    this.#setState(down ? 'down' : 'rebuilding', error instanceof Error ? error.message : String(error))
    this.#rebuildLater(down)
  }

  #setState (state: ExtensionState, message: string): void {
    if (this.state === state) return
    this.state = state
    this.account.setState(state)
    this.#onState(state, message)
  }

  /** Note a failure, and whose bytes it was at; true when the extension is out of service. */
  #strike (from: string | undefined): boolean {
    const down = this.#keeper.strike(from)
    this.account.strike(down ? this.#keeper.delayMs : undefined)
    return down
  }
}
