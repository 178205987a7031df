// The loop inside a function's isolate: one call takes a list of requests, and leaves answers. It shares its realm with
// the author's code, so the host trusts nothing that it leaves.
import './globals.ts'
import { decodeUtf8, encodeUtf8, type EdgeFunction } from '@weirlb/sdk'
import {
  Answer,
  ANSWER_WORDS,
  ANSWERS_AT,
  type FunctionForm,
  type FunctionRequest,
  NO_ROOM,
  PROCESSED_AT,
  PROGRESS_AT,
  Request as Word,
  REQUEST_WORDS,
  SLICE_SHIFT
} from '@weirlb/sdk/abi'
import { answerOfDecision, answerOfResponse, type Decided, failed, passed } from './answer.ts'
import { FunctionFailure } from './fault.ts'
import { beginRequest, beginRun, hrefOf, seed, takeLogs } from './globals.ts'
import { nativeRequest } from './native.ts'
import { arrived } from './request.ts'
import { dispatch, FetchEvent, isListening } from './service-worker.ts'
import { PoolResponse } from './response.ts'

// Taken before the author's module runs.
const { now } = Date
const { stringify, parse } = JSON
const { Promise: RealPromise } = globalThis

/** The host's interface for starting a function. */
export interface FunctionProgram {
  /** The declaration as JSON, or why there is none. */
  describe (): string
  /** Hand over the shared memory, once. Returns the one function that the host calls from then on. */
  start(
    control: Int32Array,
    arena: Uint8Array,
    inBytes: number,
    outBytes: number,
    maxBody: number,
    random: Uint8Array
  ): (argument: number) => number
}

const isNative = (exported: unknown): exported is EdgeFunction =>
  typeof exported === 'object' && exported !== null && typeof (exported as EdgeFunction).onRequest === 'function'

class FunctionLoop {
  readonly #function: EdgeFunction | undefined
  readonly #control: Int32Array
  readonly #arena: Uint8Array
  readonly #maxBody: number
  readonly #outFrom: number
  readonly #outTo: number
  #out = 0
  /** Counts runs: a promise of an earlier one has no place for its answer. */
  #run = 0

  constructor (
    exported: unknown,
    control: Int32Array,
    arena: Uint8Array,
    inBytes: number,
    outBytes: number,
    maxBody: number
  ) {
    this.#function = isNative(exported) ? exported : undefined
    this.#control = control
    this.#arena = arena
    this.#maxBody = maxBody
    this.#outFrom = inBytes
    this.#outTo = inBytes + outBytes
  }

  run (argument: number): number {
    const count = argument & 0xffff
    const until = now() + (argument >> SLICE_SHIFT)
    const control = this.#control
    const run = ++this.#run
    this.#out = this.#outFrom
    beginRun()
    let processed = 0
    while (processed < count && (processed === 0 || now() < until)) {
      control[PROGRESS_AT] = processed
      this.#begin(run, processed)
      processed++
    }
    // Promises follow: where one of them is stopped, it may be that of any request.
    control[PROGRESS_AT] = count
    control[PROCESSED_AT] = processed
    return processed
  }

  /** Decide on a request, now or in a promise. */
  #begin (run: number, index: number): void {
    const words = index * REQUEST_WORDS
    const from = this.#control[words + Word.offset]!
    try {
      const request = parse(
        decodeUtf8(this.#arena, from, from + this.#control[words + Word.length]!)
      ) as FunctionRequest
      beginRequest(request.url)
      const own = this.#function
      if (own !== undefined)
        this.#settle(run, index, own.onRequest(nativeRequest(request)), false, decision =>
          answerOfDecision(decision, this.#maxBody))
      else this.#dispatch(run, index, request)
    } catch (error) {
      this.#write(run, index, failed(error), false)
    }
  }

  #dispatch (run: number, index: number, request: FunctionRequest): void {
    const made = arrived(request)
    const event = new FetchEvent(made)
    try { dispatch(event) } catch (error) {
      this.#write(run, index, failed(error), FetchEvent.failsOpen(event))
      return
    }
    const answer = FetchEvent.answerOf(event)
    if (answer === undefined) this.#write(run, index, passed, false)
    else {
      this.#settle(run, index, answer.response, FetchEvent.failsOpen(event), response => {
        if (response instanceof PoolResponse && response.request.url !== made.url && response.request.url !== hrefOf(made.url)) throw new FunctionFailure('fetch', "the response is that of another client's request")
        return answerOfResponse(response, made, this.#maxBody)
      })
    }
  }

  /** Write the answer that a result is, when it is there. */
  #settle (run: number, index: number, result: unknown, failOpen: boolean, read: (result: unknown) => Decided): void {
    const take = (value: unknown): void => {
      let answer: Decided
      try { answer = read(value) } catch (error) { answer = failed(error) }
      this.#write(run, index, answer, failOpen)
    }
    const isThenable = typeof result === 'object' && result !== null &&
      typeof (result as { readonly then?: unknown }).then === 'function'
    if (isThenable)
      RealPromise.resolve(result).then(take, (error: unknown) => {
        this.#write(run, index, failed(error), failOpen)
      })
    else take(result)
  }

  #write (run: number, index: number, answer: Decided, failOpen: boolean): void {
    if (run !== this.#run) return
    const logs = takeLogs()
    this.#put(index, answer.op === 'failed' ? { ...answer, failOpen, logs } : { ...answer, logs })
  }

  #put (index: number, answer: object): void {
    const bytes = encodeUtf8(stringify(answer))
    const words = ANSWERS_AT + index * ANSWER_WORDS
    if (this.#out + bytes.length > this.#outTo) {
      this.#control[words + Answer.bytesLength] = NO_ROOM
      return
    }
    this.#arena.set(bytes, this.#out)
    this.#control[words + Answer.bytesOffset] = this.#out - this.#outFrom
    this.#control[words + Answer.bytesLength] = bytes.length
    this.#out += bytes.length
  }
}

/** Make a function of a module's default export, and of what it has added as listeners. */
export const functionProgram = (exported: unknown): FunctionProgram => ({
  describe: () => {
    const forms: FunctionForm[] = [
      ...isNative(exported) ? ['native' as const] : [],
      ...isListening() ? ['service-worker' as const] : []
    ]
    return stringify(forms.length === 1 ? { form: forms[0] } : { fault: forms.length === 0 ? 'none' : 'both' })
  },
  start (control, arena, inBytes, outBytes, maxBody, random) {
    seed(random)
    const loop = new FunctionLoop(exported, control, arena, inBytes, outBytes, maxBody)
    return argument => loop.run(argument)
  }
})
