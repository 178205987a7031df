// The loop inside the isolate: one call takes a bank of requests and leaves answers; see abi/layout.ts. It shares its
// realm with the author's code, so the host trusts nothing that it returns.
import {
  ANSWERS_AT,
  ANSWER_WORDS,
  BANK_WORDS,
  COUNTS_AT,
  EFFECTS_AT,
  Event,
  MAX_CALLS,
  MAX_REPLIES,
  Op,
  PROCESSED_AT,
  PROGRESS_AT,
  REQUEST_WORDS,
  Request,
  SLICE_SHIFT,
  ThenIndex,
  goodbyeReasons,
  TRACED,
  unansweredReasons
} from '../abi/layout.ts'
import { clientOf } from '../abi/client-text.ts'
import { Malformed } from '../bytes.ts'
import type { Protocol, Side, StreamSide } from '../protocol.ts'
import { siteOf, sites } from '../site.ts'
import { decodeUtf8, encodeUtf8 } from '../utf8.ts'
import type { Forward, Verdict } from '../verdict.ts'
import { AnswerWriter } from './answer-writer.ts'
import { BOTH_PIPED, GuestContext, GuestMessage, noRules, type RulesInfo, Slot, type VserverInfo } from './context.ts'
import { Outbox } from './outbox.ts'
import { answerProbe } from './prober.ts'
import { placed } from './placed.ts'
import { refusePromise } from './promises.ts'
import { show } from './show.ts'
import { Slice } from './slice.ts'
import { answerSplit, answerWithSplit } from './splitter.ts'
import { StreamJudge } from './stream-judge.ts'
import { Tally } from './tally.ts'

/** What is answered to these may be as long as what was asked, beside what may be originated. */
const enlarges = (event: number): boolean => event === Event.message || event === Event.part || event === Event.gather

/** The word for `then`. */
const thenIndex = (then: unknown): number => {
  if (then === undefined || then === 'continue') return ThenIndex.continue
  if (then === 'pipe') return ThenIndex.pipe
  if (then === 'tunnel') return ThenIndex.tunnel
  throw new TypeError(`then: ${String(then)}; there are: continue, pipe, tunnel`)
}

export class GuestLoop {
  readonly #protocol: Protocol<unknown>
  readonly #control: Int32Array
  readonly #arena: Uint8Array
  readonly #inBytes: number
  readonly #outBytes: number
  readonly #originatedBytes: number
  readonly #perMessage: boolean
  readonly #outbox: Outbox
  readonly #tally: Tally
  readonly #ctx: GuestContext
  readonly #message: GuestMessage
  readonly #writer: AnswerWriter
  readonly #stream: StreamJudge
  readonly #slice = new Slice()
  readonly #slots: (Slot | undefined)[] = []
  /**
   * The connection of the current request; at the start of a run, that of the request at which the previous run was
   * stopped.
   */
  #asked: Slot | undefined
  readonly #vservers: VserverInfo[] = []
  /** By vserver; each stays the same object. */
  readonly #rules: RulesInfo[] = []

  constructor (
    protocol: Protocol<unknown>,
    control: Int32Array,
    arena: Uint8Array,
    inBytes: number,
    outBytes: number,
    originatedBytes: number
  ) {
    this.#protocol = protocol
    this.#perMessage = protocol.balance === 'per-message'
    this.#control = control
    this.#arena = arena
    this.#inBytes = inBytes
    this.#outBytes = outBytes
    this.#originatedBytes = originatedBytes
    this.#outbox = new Outbox(control, arena)
    this.#tally = new Tally(control, this.#outbox)
    this.#ctx = new GuestContext(
      this.#outbox,
      this.#tally,
      protocol.fields ?? {},
      this.#perMessage && protocol.replies === 'in-order',
      this.#perMessage
    )
    this.#message = new GuestMessage(arena)
    this.#writer = new AnswerWriter(control, this.#outbox)
    this.#stream = new StreamJudge(protocol, this.#outbox, this.#tally, this.#writer, arena, this.#ctx, originatedBytes, this.#slice)
  }

  /**
   * Process the requests of a bank in order. Returns the number processed: fewer than given if the out region filled
   * up, or the time slice is over.
   */
  run (argument: number): number {
    const bank = argument >> 16 & 1
    const count = argument & 0xffff
    sites.on = (argument >> 16 & TRACED) !== 0
    const cut = this.#forgetCut()
    this.#slice.begin(argument >> SLICE_SHIFT, count, cut)
    const processed = this.#answerAll(bank, count, cut)
    this.#tally.write(bank * BANK_WORDS + COUNTS_AT)
    sites.on = false
    this.#control[PROCESSED_AT] = processed
    return processed
  }

  /** If the previous run was stopped, its last message is half done, and that connection has ended. */
  #forgetCut (): boolean {
    const slot = this.#asked
    if (slot === undefined) return false
    this.#asked = undefined
    this.#outbox.endMessage()
    slot.piped = BOTH_PIPED
    return true
  }

  #answerAll (bank: number, count: number, cut: boolean): number {
    const words = bank * BANK_WORDS
    const bytes = bank * (this.#inBytes + this.#outBytes)
    const outbox = this.#outbox
    const tally = this.#tally
    outbox.begin(bytes + this.#inBytes, bytes + this.#inBytes + this.#outBytes, words + EFFECTS_AT)
    this.#tally.begin(cut, this.#originatedBytes)
    const writer = this.#writer
    const stream = this.#stream
    const slice = this.#slice
    stream.calls = 0
    for (let i = 0; i < count; i++) {
      // Checked before the handler runs, so that it never sees a message twice.
      const request = words + i * REQUEST_WORDS
      const own = enlarges(this.#control[request + Request.event]!) ? this.#control[request + Request.length]! : 0
      if (
        (i > 0 && slice.over()) || stream.calls >= MAX_CALLS || !tally.hasRoom() ||
        !outbox.beginMessage(this.#originatedBytes, own)
      ) return this.#stop(i)
      const mark = outbox.mark()
      const effects = outbox.effects
      writer.at = words + ANSWERS_AT + i * ANSWER_WORDS
      writer.clear()
      this.#control[PROGRESS_AT] = i
      try {
        this.#answer(request, bytes)
      } catch (failure) {
        // Undo the message's recorded effects.
        outbox.rollback(mark, effects)
        tally.rollback()
        writer.clear()
        this.#end(request, failure)
        writer.fail(failure)
        slice.failed()
      }
      outbox.endMessage()
      tally.commit()
      writer.effects(effects, outbox.effects - effects)
    }
    return this.#stop(count)
  }

  /** The run ends before request `processed`. */
  #stop (processed: number): number {
    this.#asked = undefined
    this.#control[PROGRESS_AT] = processed
    return processed
  }

  /**
   * After a failure the connection has ended: its remaining requests are skipped. Replies recorded before a malformed
   * message may still be sent in their turn.
   */
  #end (request: number, failure: unknown): void {
    const event = this.#control[request + Request.event]
    // The slot word of a vserver is not a connection.
    if (event === Event.vserver) return
    const slot = this.#slots[this.#control[request + Request.slot]!]
    if (slot !== undefined)
      slot.piped |= this.#perMessage && event === Event.message && failure instanceof Malformed
        ? 1 << this.#control[request + Request.side]!
        : BOTH_PIPED
  }

  #answer (request: number, bytes: number): void {
    const control = this.#control
    const protocol = this.#protocol
    const writer = this.#writer
    const event = control[request + Request.event]!
    const index = control[request + Request.slot]!
    const from = bytes + control[request + Request.offset]!
    const to = from + control[request + Request.length]!
    const arg = control[request + Request.arg]!
    const arg2 = control[request + Request.arg2]!

    if (event === Event.vserver) {
      const vserver = Object.freeze(JSON.parse(decodeUtf8(this.#arena, from, to))) as VserverInfo
      this.#vservers[index] = vserver
      // Rules concern connections that there are, and parameters do not.
      const rules = this.#rules[index] ??= { ...noRules }
      rules.messages = vserver.rules?.messages === true
      rules.limits = vserver.rules?.limits === true
      const fields = vserver.rules?.fields ?? []
      rules.fields = new Set(fields)
      const ofMessages: readonly string[] = protocol.messageFields ?? []
      rules.replyFields = vserver.rules?.replies === true
        ? rules.fields
        : new Set(fields.filter(name => !ofMessages.includes(name)))
      rules.tolerant = vserver.rules?.tolerant === true
      return
    }
    if (event === Event.open) {
      const client = clientOf(decodeUtf8(this.#arena, from, to), arg2)
      const slot = new Slot(undefined, client, this.#vservers[arg]!, this.#rules[arg]!)
      this.#slots[index] = this.#asked = slot
      slot.state = protocol.state?.()
      refusePromise(slot.state, 'state', protocol)
      if (protocol.onConnect === undefined) return
      this.#ctx.enter(slot, false, !this.#perMessage, true)
      const refusal = protocol.onConnect(this.#ctx as never)
      if (refusal === undefined) writer.op(Op.forward)
      else this.#verdict(slot, refusal, 0, true)
      return
    }
    const slot = this.#slots[index]
    if (slot === undefined) {
      if (event === Event.probeSend || event === Event.probeJudge)
        answerProbe(protocol, event, this.#arena.subarray(from, to), control[request + Request.frameLength]!, writer)
      else if (event === Event.checkParams || event === Event.checkProbeParams) {
        const params = JSON.parse(decodeUtf8(this.#arena, from, to)) as never
        const ofProbe = event === Event.checkProbeParams
        const wrong = ofProbe ? protocol.probe!.checkParams!(params) : protocol.checkParams!(params)
        refusePromise(wrong, ofProbe ? 'probe.checkParams' : 'checkParams', protocol)
        writer.op(Op.forward)
        writer.bytes(encodeUtf8(JSON.stringify(wrong) ?? ''))
      }
      else writer.op(Op.skipped)
      return
    }
    this.#asked = slot
    if (event === Event.facts) {
      slot.client = clientOf(decodeUtf8(this.#arena, from, to), arg2)
      return
    }
    if (event === Event.message || event === Event.data) {
      const side = control[request + Request.side]!
      if ((slot.piped & 1 << side) !== 0) {
        writer.op(Op.skipped)
        return
      }
      this.#ctx.enter(slot, arg2 === 1, !this.#perMessage || side === 1, side === 0)
      const handlers = side === 0 ? protocol.client : protocol.server!
      if (event === Event.data) {
        this.#stream.judge(handlers as StreamSide<unknown, unknown>, slot, side, from, to, arg === 1)
        return
      }
      this.#message.point(from, to, control[request + Request.frameLength]!)
      if (side === 0) this.#ctx.enterMessage()
      this.#verdict(slot, (handlers as Side<unknown, unknown>).onMessage!(this.#message, this.#ctx as never), side, false)
      return
    }
    if (event === Event.goodbye) {
      slot.piped = BOTH_PIPED
      this.#ctx.enter(slot, arg2 === 1, !this.#perMessage, false)
      const last = protocol.goodbye?.(goodbyeReasons[arg]!, this.#ctx as never)
      refusePromise(last, 'goodbye', protocol)
      writer.op(Op.forward)
      if (last !== undefined) this.#goodbye(last)
      return
    }
    if (event === Event.part || event === Event.gather) {
      answerSplit(event, slot, arg, arg2 === 1, this.#arena.subarray(from, to), writer)
      return
    }
    if (event === Event.unanswered) {
      this.#ctx.enter(slot, arg2 === 1, false, false)
      refusePromise(
        protocol.onUnanswered?.(this.#arena.subarray(from, to), unansweredReasons[arg]!, this.#ctx as never),
        'onUnanswered',
        protocol
      )
      writer.op(Op.forward)
      return
    }
    if (event === Event.close) {
      this.#slots[index] = undefined
      this.#ctx.enter(slot, false, !this.#perMessage, false)
      refusePromise(protocol.onClose?.(decodeUtf8(this.#arena, from, to), this.#ctx as never), 'onClose', protocol)
    }
  }

  #count (what: string, count: unknown): number {
    this.#needs(what, 'in-order')
    if (!Number.isInteger(count) || (count as number) < 0 || (count as number) > MAX_REPLIES) {
      throw new RangeError(`${what}: ${String(count)}; expected a whole number from 0 to ${MAX_REPLIES}`)
    }
    return count as number
  }

  #needs (what: string, replies: Protocol<unknown>['replies']): void {
    if (this.#protocol.replies !== replies) throw new TypeError(`forward({ ${what} }) needs replies: '${String(replies)}'`)
  }

  /** Write the rare options of a verdict about the server's replies. */
  #aboutReplies ({ replies, match, swallow, keep, unasked }: Forward): void {
    const writer = this.#writer
    if (replies !== undefined) writer.replies(this.#count('replies', replies))
    if (match !== undefined) {
      this.#needs('match', 'matched')
      writer.match(match)
    }
    if (swallow !== undefined) writer.swallow(this.#count('swallow', swallow))
    if (keep !== undefined) {
      this.#needs('keep', 'in-order')
      writer.keep(keep)
    }
    if (unasked === true) {
      this.#needs('unasked', 'in-order')
      writer.unasked()
    }
  }

  #goodbye (last: Uint8Array): void {
    try {
      this.#writer.bytes(last, 'goodbye')
    } catch (failure) {
      throw placed(failure, undefined, 'goodbye', this.#protocol)
    }
  }

  /** The path of the handler whose verdict is read. */
  #handler (side: number, connects: boolean): string {
    return connects ? 'onConnect' : side === 0 ? 'client.onMessage' : 'server.onMessage'
  }

  #verdict (slot: Slot, verdict: Verdict, side: number, rejectOnly: boolean): void {
    try {
      this.#take(slot, verdict, side, rejectOnly)
    } catch (failure) {
      throw placed(failure, verdict, this.#handler(side, rejectOnly), this.#protocol)
    }
  }

  #take (slot: Slot, verdict: Verdict, side: number, rejectOnly: boolean): void {
    const writer = this.#writer
    const op = verdict?.op
    if (this.#ctx.startsTls && op !== 'drop')
      throw new TypeError(`startTls() with ${show(verdict)}: the request for TLS is not forwarded; return drop()`)
    if (op === 'reject') {
      writer.reject(verdict.why, verdict.reply)
      // Replies recorded before may still be sent in their turn.
      slot.piped = this.#perMessage && !rejectOnly ? slot.piped | 1 << side : BOTH_PIPED
    } else if (op === 'forward' && !rejectOnly) {
      const then = thenIndex(verdict.then)
      if (then !== ThenIndex.continue && this.#perMessage)
        throw new TypeError(`then: '${String(verdict.then)}' needs balance: 'per-connection'`)
      this.#aboutReplies(verdict)
      writer.op(Op.forward)
      writer.then(then)
      writer.keys(verdict)
      if (verdict.known === true) {
        if (this.#perMessage) throw new TypeError("forward({ known }) needs balance: 'per-connection'")
        writer.known()
      }
      if (verdict.bytes !== undefined) writer.replacement(verdict.bytes)
      if (then === ThenIndex.tunnel) slot.piped = BOTH_PIPED
      else if (then === ThenIndex.pipe) slot.piped |= 1 << side
    } else if (op === 'drop' && !rejectOnly) {
      if (verdict.n !== undefined)
        throw new TypeError(
          `drop(${String(verdict.n)}): a message is dropped whole, by drop(); bytes are counted in onData`
        )
      writer.op(Op.drop)
    } else if (op === 'split' && !rejectOnly && side === 0) {
      if (this.#protocol.replies !== 'in-order') throw new TypeError("split() needs replies: 'in-order'")
      answerWithSplit(slot, verdict, this.#message, this.#protocol, writer)
    } else {
      const handler = this.#handler(side, rejectOnly)
      refusePromise(verdict, handler, this.#protocol)
      throw new TypeError(
        `${handler} returned ${show(verdict)}; there are: ${
          rejectOnly ? 'undefined, reject()' : 'forward(), drop(), reject(), split()'
        }`
      )
    }
    if (sites.on) this.#outbox.site(0, siteOf(verdict))
  }
}
