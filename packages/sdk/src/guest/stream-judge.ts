import { EffectKind, MAX_CALLS, Op, ThenIndex } from '../abi/layout.ts'
import type { Protocol, StreamSide } from '../protocol.ts'
import { siteOf, sites } from '../site.ts'
import type { PipeOn, StreamVerdict } from '../stream-verdict.ts'
import type { AnswerWriter } from './answer-writer.ts'
import { BOTH_PIPED, type GuestContext, type Slot } from './context.ts'
import type { Outbox } from './outbox.ts'
import { placed } from './placed.ts'
import { refusePromise } from './promises.ts'
import { show } from './show.ts'
import type { Slice } from './slice.ts'
import type { Tally } from './tally.ts'

const VERDICTS = 'pass(n), drop(n), more(n), pipe(), reject()'

/** The path of a side's handler. */
const handlerOf = (side: number): string => side === 0 ? 'client.onData' : 'server.onData'

const checkCount = (op: string, n: unknown): number => {
  if (Number.isSafeInteger(n) && n as number > 0) return n as number
  throw new RangeError(`${op}(${String(n)}): expected a whole number of bytes from 1 to ${Number.MAX_SAFE_INTEGER}`)
}

/**
 * Calls `onData` for a chunk until all of it is decided, or more bytes are needed: many verdicts, one answer. Counts
 * are recorded among the effects, in order with the calls' originated bytes; adjacent counts are merged.
 */
export class StreamJudge {
  readonly #protocol: Protocol<unknown>
  readonly #outbox: Outbox
  readonly #tally: Tally
  readonly #answer: AnswerWriter
  readonly #arena: Uint8Array
  readonly #ctx: GuestContext
  readonly #originatedBytes: number
  readonly #slice: Slice
  /** Calls in this batch. */
  calls = 0

  constructor (
    protocol: Protocol<unknown>,
    outbox: Outbox,
    tally: Tally,
    answer: AnswerWriter,
    arena: Uint8Array,
    ctx: GuestContext,
    originatedBytes: number,
    slice: Slice
  ) {
    this.#protocol = protocol
    this.#outbox = outbox
    this.#tally = tally
    this.#answer = answer
    this.#arena = arena
    this.#ctx = ctx
    this.#originatedBytes = originatedBytes
    this.#slice = slice
  }

  /** Judge `arena[from..to)`; the first call's room in the outbox is there already. */
  judge (
    handlers: StreamSide<unknown, unknown>,
    slot: Slot,
    side: number,
    from: number,
    to: number,
    end: boolean
  ): void {
    const outbox = this.#outbox
    const firstEffect = outbox.effects
    let at = from
    while (true) {
      // A batch of cheap calls must not reach its time-out, nor record more than there is room for: the host calls
      // again.
      if (
        at > from &&
        (this.#slice.over() || this.calls >= MAX_CALLS || !this.#tally.hasRoom() ||
          !outbox.beginMessage(this.#originatedBytes, 0))
      ) {
        this.#needs(0)
        return
      }
      this.calls++
      const mark = outbox.mark()
      const effects = outbox.effects
      try {
        const verdict = handlers.onData(this.#arena.subarray(at, to), end, this.#ctx as never)
        const decided = this.#judged(verdict, slot, side, firstEffect)
        if (sites.on) outbox.site(0, siteOf(verdict))
        this.#tally.commit()
        if (decided === 0) return
        at += decided
      } catch (failure) {
        // Undo this call's recorded effects; earlier decisions stand.
        outbox.rollback(mark, effects)
        this.#tally.rollback()
        this.#answer.fail(failure)
        slot.piped = BOTH_PIPED
        return
      }
      if (at >= to) {
        this.#needs(1)
        return
      }
    }
  }

  #needs (count: number): void {
    this.#answer.op(Op.more)
    this.#answer.count(count)
  }

  #judged (verdict: StreamVerdict, slot: Slot, side: number, firstEffect: number): number {
    try {
      return this.#take(verdict, slot, side, firstEffect)
    } catch (failure) {
      throw placed(failure, verdict, handlerOf(side), this.#protocol)
    }
  }

  /** Returns the number of decided bytes; 0: the answer is complete. */
  #take (verdict: StreamVerdict, slot: Slot, side: number, firstEffect: number): number {
    const op = verdict?.op
    if (op === 'pass') {
      const n = checkCount('pass', verdict.n)
      if (!slot.choose(side)) this.#answer.keys(verdict)
      this.#outbox.run(EffectKind.pass, n, firstEffect)
      return n
    }
    if (op === 'drop') {
      const n = checkCount('drop', verdict.n)
      this.#outbox.run(EffectKind.drop, n, firstEffect)
      return n
    }
    if (op === 'more') this.#needs(checkCount('more', verdict.n))
    else if (op === 'pipe') this.#pipe(verdict, slot, side)
    else if (op === 'reject') {
      this.#answer.reject(verdict.why, verdict.reply)
      slot.piped = BOTH_PIPED
    } else {
      refusePromise(verdict, handlerOf(side), this.#protocol)
      throw new TypeError(`${handlerOf(side)} returned ${show(verdict)}; there are: ${VERDICTS}`)
    }
    return 0
  }

  #pipe (verdict: PipeOn, slot: Slot, side: number): void {
    if ('both' in verdict) throw new TypeError("pipe({ both }): write pipe({ then: 'tunnel' })")
    const tunnel = verdict.then === 'tunnel'
    if (!tunnel && verdict.then !== undefined)
      throw new TypeError(`pipe({ then: ${String(verdict.then)} }): there is: tunnel`)
    if (!slot.choose(side)) this.#answer.keys(verdict)
    this.#answer.op(Op.pipe)
    this.#answer.then(tunnel ? ThenIndex.tunnel : ThenIndex.pipe)
    slot.piped = tunnel ? BOTH_PIPED : slot.piped | 1 << side
  }
}
