import { clientText, Event, goodbyeReasons, unansweredReasons, type BatchSink, type Guest } from '@weirlb/sdk/abi'
import { AnswerReader } from './answer.ts'
import type { Asker } from './asker.ts'
import { Batch } from './batch.ts'
import type { GuestClient } from './guest-client.ts'
import type { Question } from './question.ts'

const NO_BYTES = new Uint8Array(0)
/** Closed connections reach the guest with the next crossing; this many cause one of their own. */
const MANY_CLOSES = 128

/** A call about a connection as a whole. `asker` receives the answer, or the connection if there is none. */
interface Call {
  readonly client: GuestClient
  readonly asker: Asker | undefined
  readonly event: number
  readonly arg: number
  readonly answered: boolean
  readonly bytes: Uint8Array
}
interface Closed {
  readonly slot: number
  readonly why: Uint8Array
  /** Receives the answer. */
  readonly client: GuestClient | undefined
}

/** Calls a function later: after a turn of the event loop, or when a rehearsal turns it by hand. */
export type Soon = (call: () => void) => void

/** On whose behalf a guest is entered. */
export interface Crosser extends BatchSink {
  /** Calls when the event loop has turned. */
  readonly soon: Soon
  /** Calls when all messages that arrived together have been submitted. */
  readonly gathered: Soon
  /** The guest is about to be entered. Returns what is added to the bank of the run: `TRACED`, or 0. */
  onRun (): number
  /** The guest's description of a vserver, added before its first connection. */
  vserverInfo (index: number): Uint8Array | undefined
}

/**
 * The way into one guest, for its life: its connections, the requests for the next crossing, and those in flight.
 *
 *   addOpen, addMessage, … ──► gathering ──(all arrived)──► in flight ──► BatchSink ──► doneWith ──► the rest, or
 * the next batch
 */
export class Crossing {
  readonly guest: Guest
  readonly answer: AnswerReader
  readonly #crosser: Crosser
  readonly #incarnation: number
  #gathering: Batch
  #other: Batch
  #inFlight: Batch | undefined
  /** Requests in flight that the present run was given. */
  asked = 0
  /** Number of requests that still run one by one. */
  singly: number
  #slots: (GuestClient | undefined)[] = []
  readonly #freeSlots: number[] = []
  readonly #closed: Closed[] = []
  readonly #calls: Call[] = []
  readonly #knownVservers = new Set<number>()
  /** Vservers whose descriptions have changed and found no room. */
  readonly #undescribed = new Set<number>()
  #scheduled = false
  /** The rest in flight is to be run when the event loop has turned. */
  #restDue = false
  #over = false

  /** `incarnation`: another number for each guest of a host. */
  constructor (crosser: Crosser, guest: Guest, incarnation: number, singly: number) {
    this.#crosser = crosser
    this.guest = guest
    this.answer = new AnswerReader(guest.memory)
    this.#incarnation = incarnation
    this.#gathering = new Batch(guest.memory, 0)
    this.#other = new Batch(guest.memory, 1)
    this.singly = singly
  }

  get gathering (): Batch { return this.#gathering }
  get inFlight (): Batch | undefined { return this.#inFlight }
  /** The guest's connections, by slot. */
  get clients (): readonly (GuestClient | undefined)[] { return this.#slots }
  /** Connections that wait for a goodbye. */
  get leaving (): GuestClient[] {
    return this.#calls.filter(({ event }) => event === Event.goodbye).map(({ client }) => client)
  }
  /** True while closes wait for the guest. */
  get closesWait (): boolean { return this.#closed.length > 0 || this.#inFlight !== undefined }

  /** True if the guest has this connection. */
  knows (client: GuestClient): boolean { return client.slot >= 0 && client.incarnation === this.#incarnation }

  // ── gathering ────────────────────────────────────────────────────────────

  /** Add the connection, and its vserver if this is its first, unless the guest has it. False: no room now. */
  addOpen (client: GuestClient): boolean {
    if (this.knows(client)) return !client.hasNewFacts || this.#addFacts(client)
    const batch = this.#gathering
    const index = client.vserverIndex
    const info = this.#knownVservers.has(index) ? undefined : this.#crosser.vserverInfo(index)
    const who = Buffer.from(clientText(client.facts))
    if (!batch.hasRoom(2, who.length + (info?.length ?? 0))) return false
    if (info !== undefined) {
      batch.addVserver(index, info)
      this.#knownVservers.add(index)
    }
    const slot = this.#freeSlots.pop() ?? this.#slots.length
    this.#slots[slot] = client
    client.slot = slot
    client.incarnation = this.#incarnation
    batch.addOpen(client, who)
    client.hasNewFacts = false
    this.#schedule()
    return true
  }

  #addFacts (client: GuestClient): boolean {
    const who = Buffer.from(clientText(client.facts))
    if (!this.#gathering.hasRoom(1, who.length)) return false
    client.hasNewFacts = false
    this.#gathering.addFacts(client, who)
    return true
  }

  /** Add one frame, of which `source[from..to)` enters the sandbox. False: no room now. */
  addMessage (
    client: GuestClient,
    asker: Asker,
    source: Uint8Array,
    from: number,
    to: number,
    frameLength: number,
    answered: boolean
  ): boolean {
    // An open and its first message may lie in two batches: together they may be more than one takes.
    if (!this.addOpen(client) || !this.#gathering.hasRoom(1, to - from)) return false
    this.#schedule()
    this.#gathering.addMessage(client, asker, source, from, to, frameLength, answered)
    return true
  }

  /** Add undecided bytes of a stream; `last`: it ends with them. False: no room now. */
  addData (
    client: GuestClient,
    asker: Asker,
    source: Uint8Array,
    from: number,
    to: number,
    last: boolean,
    answered: boolean
  ): boolean {
    if (!this.addOpen(client) || !this.#gathering.hasRoom(1, to - from)) return false
    this.#schedule()
    this.#gathering.addData(client, asker, source, from, to, last, answered)
    return true
  }

  /** Add a request that the previous guest did not run. False: no room now. */
  addQuestion (question: Question): boolean {
    const { client, asker, bytes } = question
    if (!this.addOpen(client)) return false
    if (asker === undefined) return true
    if (!this.#gathering.hasRoom(1, bytes.length)) return false
    this.#schedule()
    this.#gathering.addQuestion(question, asker)
    return true
  }

  // Calls are added as soon as there is room: at a shutdown all connections need a goodbye at once.

  /** Request a goodbye; the connection's `onGoodbye` follows. */
  addGoodbye (client: GuestClient, reason: typeof goodbyeReasons[number], answered: boolean): void {
    this.#call({
      client,
      asker: undefined,
      event: Event.goodbye,
      arg: goodbyeReasons.indexOf(reason),
      answered,
      bytes: NO_BYTES
    })
  }

  /** Add an abandoned request, by its key; `asker` receives the answer. */
  addUnanswered (
    client: GuestClient,
    asker: Asker,
    match: string,
    why: typeof unansweredReasons[number],
    answered: boolean
  ): true {
    this.#call({
      client,
      asker,
      event: Event.unanswered,
      arg: unansweredReasons.indexOf(why),
      answered,
      bytes: Buffer.from(match, 'latin1')
    })
    return true
  }

  /** Ask a split for its parts, or for its one reply; `asker` receives the answer. */
  addSplit (
    client: GuestClient,
    asker: Asker,
    event: typeof Event.part | typeof Event.gather,
    split: number,
    discarded: boolean,
    bytes: Uint8Array
  ): void {
    this.#call({ client, asker, event, arg: split, answered: discarded, bytes })
  }

  #call (call: Call): void {
    this.#calls.push(call)
    this.#schedule()
  }

  /**
   * Add the end of a connection that the guest has, as soon as there is room. `why`: the close reason, if the guest
   * handles it.
   */
  addClose (client: GuestClient, why: string | undefined): void {
    this.#slots[client.slot] = undefined
    this.#closed.push({
      slot: client.slot,
      why: why === undefined ? NO_BYTES : Buffer.from(why, 'latin1'),
      client: why === undefined ? undefined : client
    })
    client.slot = -1
    if (this.#closesDue) this.#schedule()
  }

  /** Free a connection's slot without a call: the guest reuses it for the next one. */
  forget (client: GuestClient): void {
    this.#slots[client.slot] = undefined
    this.#freeSlots.push(client.slot)
    client.slot = -1
  }

  /** The guest does not have this vserver any more. */
  forgetVserver (index: number): void { this.#knownVservers.delete(index) }

  /** The guest gets this vserver's description again, with the next crossing and before anything that comes later. */
  describeAgain (index: number): void {
    if (!this.#knownVservers.delete(index)) return
    const info = this.#crosser.vserverInfo(index)
    if (info === undefined) return
    // Where there is no room, those in this batch have come before; a crossing under way makes room for the others.
    if (!this.#gathering.hasRoom(1, info.length)) {
      this.#undescribed.add(index)
      return
    }
    this.#gathering.addVserver(index, info)
    this.#knownVservers.add(index)
  }

  get #closesDue (): boolean { return this.#closed.length >= (this.guest.declaration.hooks.close ? 1 : MANY_CLOSES) }

  /** As many calls as fit. */
  #gatherCalls (batch: Batch): void {
    const calls = this.#calls
    let n = 0
    while (n < calls.length && batch.hasRoom(1, calls[n]!.bytes.length)) {
      const { client, asker, event, arg, answered, bytes } = calls[n++]!
      if (this.knows(client)) batch.addCallAbout(client, asker, event, arg, answered, bytes)
    }
    if (n > 0) calls.splice(0, n)
  }

  /** As many closes as fit; their slots are free for opens that come after in the same or a later batch. */
  #gatherClosed (batch: Batch): void {
    const closed = this.#closed
    // To set the length of an array costs a tenth of a microsecond, and most crossings have none.
    if (closed.length === 0) return
    let n = 0
    while (n < closed.length && batch.hasRoom(1, closed[n]!.why.length)) {
      const { slot, why, client } = closed[n++]!
      batch.addClose(client, slot, why)
      this.#freeSlots.push(slot)
    }
    if (n === closed.length) closed.length = 0
    else closed.splice(0, n)
  }

  // ── running ──────────────────────────────────────────────────────────────

  #schedule (): void {
    if (this.#scheduled || this.#inFlight !== undefined) return
    this.#scheduled = true
    this.#crosser.gathered(this.#cross)
  }

  readonly #cross = (): void => {
    this.#scheduled = false
    if (this.#over || this.#inFlight !== undefined) return
    const batch = this.#gathering
    this.#gatherCalls(batch)
    this.#gatherClosed(batch)
    if (batch.count === 0) return
    this.#gathering = this.#other
    this.#other = batch
    if (this.#undescribed.size > 0) this.#describe()
    // Messages that come meanwhile would fill the next batch before those that did not fit into this one.
    if (this.#calls.length > 0) this.#gatherCalls(this.#gathering)
    this.#inFlight = batch
    this.#run(batch)
  }

  /** Nothing has gathered yet: there is room. */
  #describe (): void {
    for (const index of this.#undescribed) {
      const info = this.#crosser.vserverInfo(index)
      if (info === undefined || this.#knownVservers.has(index) || !this.#gathering.hasRoom(1, info.length)) continue
      this.#gathering.addVserver(index, info)
      this.#knownVservers.add(index)
    }
    this.#undescribed.clear()
  }

  #run (batch: Batch): void {
    this.asked = this.singly > 0 ? 1 : batch.count
    if (this.singly > 0) this.singly--
    const bank = batch.bank | this.#crosser.onRun()
    this.guest.run(bank, this.asked, this.#crosser)
  }

  /** The first requests of the batch in flight are done with; true when those were all. Else `runRest` is to follow. */
  doneWith (batch: Batch, done: number): boolean {
    if (done < batch.count) {
      batch.keepFrom(done)
      return false
    }
    batch.clear()
    this.#inFlight = undefined
    return true
  }

  /** Run what is left of the batch in flight, when others have had their turn. */
  runRest (): void {
    this.#restDue = true
    this.#crosser.soon(this.#runRest)
  }

  readonly #runRest = (): void => {
    if (!this.#restDue || this.#over || this.#inFlight === undefined) return
    this.#restDue = false
    this.#run(this.#inFlight)
  }

  /** Cross again if something has gathered meanwhile. */
  runNext (): void {
    if (this.#gathering.count > 0 || this.#calls.length > 0 || this.#closesDue) this.#schedule()
  }

  /**
   * Returns the connection that all requests of the current run belong to: a failure outside its handlers can only be
   * its own.
   */
  get onlyClient (): GuestClient | undefined {
    const batch = this.#inFlight
    if (batch === undefined) return undefined
    let only: GuestClient | undefined
    for (let i = 0; i < this.asked; i++) {
      const client = batch.clients[i]
      if (client === undefined || client === only) continue
      if (only !== undefined) return undefined
      only = client
    }
    return only
  }

  /** The guest is gone. */
  end (): void {
    this.#over = true
    this.#inFlight = undefined
    this.#slots = []
  }
}
