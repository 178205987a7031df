import { type SideSpec, whyBroken } from '@weirlb/engine/framing'
import type { Bytes, Keys, Reason } from '@weirlb/sdk'
import { clientText, MAX_BATCH, type Declaration, type ParamValue } from '@weirlb/sdk/abi'
import { Batch, type AnswerRecord } from './batch.ts'
import { checkedParams } from './checked-params.ts'
import { BlindDirection, type Direction } from './direction.ts'
import type { Closed, Chunk, Driven, DriveOptions, Stream } from './driven.ts'
import { joined } from './hex.ts'
import { MessageDirection, type Frame } from './message-direction.ts'
import { ReplyOrder } from './reply-order.ts'
import { runAtOnce } from './run-at-once.ts'
import { StreamDirection } from './stream-direction.ts'
import { loaded, type LoadedProtocol, type Subject } from './subject.ts'
import { Transcript } from './transcript.ts'
import { answeredOf, keysOf } from './verdicts.ts'

const CLIENT = 0
const SERVER = 1
const sideNames = ['client', 'server'] as const
type Side = typeof CLIENT | typeof SERVER

/** The slot of the connection in the guest; every conversation opens it anew. */
const SLOT = 0
/** The vserver and the connection itself are told before the first message. */
const PROLOGUE = 2

const directionOf = (spec: SideSpec | undefined): Direction =>
  spec === undefined ? new BlindDirection() : spec.kind === 'stream' ? new StreamDirection(spec) : new MessageDirection(spec)

/** `stream` as chunks with their sides. */
export const chunksOf = (stream: Stream): { readonly side: Side, readonly bytes: Bytes }[] =>
  (Array.isArray(stream) ? stream as readonly Chunk[] : [stream as Chunk]).map(chunk =>
    chunk instanceof Uint8Array ? { side: CLIENT, bytes: chunk } : 'client' in chunk ? { side: CLIENT, bytes: chunk.client } : { side: SERVER, bytes: chunk.server })

/** One connection, from its first byte to whatever ends it. */
class Conversation {
  readonly #protocol: LoadedProtocol
  readonly #options: DriveOptions
  readonly #params: Readonly<Record<string, ParamValue>>
  readonly #directions: readonly [Direction, Direction]
  readonly #out: readonly [Bytes[], Bytes[]] = [[], []]
  /** Bytes of ours that wait until the stream they join stands between two frames. */
  readonly #waiting: readonly [Bytes[], Bytes[]] = [[], []]
  /** A frame has gone on behind which its sender says nothing more: nothing of ours follows it. */
  readonly #saidLast: [boolean, boolean] = [false, false]
  /** With `replies: 'in-order'`. */
  readonly #order: ReplyOrder | undefined
  /** Why the client is refused, once all that it asked before is answered. */
  #rejection: { readonly reason: Closed, readonly why: string } | undefined
  #told = false
  #begun = false
  #chosen = false
  #answered = false

  readonly #transcript: Transcript
  #closed: Closed | undefined
  #detail = ''

  constructor (protocol: LoadedProtocol, options: DriveOptions) {
    this.#protocol = protocol
    this.#transcript = new Transcript(protocol.guest.declaration)
    this.#options = options
    const { client, server } = protocol.spec
    this.#directions = [directionOf(client), directionOf(server)]
    this.#params = checkedParams(protocol.guest, options.params)
    this.#order = this.#declaration.replies === 'in-order' ? new ReplyOrder() : undefined
  }

  get #declaration (): Declaration { return this.#protocol.guest.declaration }

  run (stream: Stream): Driven {
    // Asked when the client connects, before it has said anything.
    if (this.#declaration.hooks.connect) this.#cross(() => {}, 0)
    for (const { side, bytes } of chunksOf(stream)) this.#feed(side, bytes)
    if (this.#options.end === true && this.#closed === undefined) this.#end()
    if (this.#rejection !== undefined && this.#closed === undefined) this.#finish(this.#rejection.reason, this.#rejection.why)
    const goodbyes: Partial<Record<Reason, Bytes | undefined>> = {}
    for (const reason of this.#options.goodbyes ?? []) goodbyes[reason] = this.#lastWords(reason)
    const { verdicts, replies, sends, greetings, fields, counters, logs, session, idleTimeoutMs, crossings } = this.#transcript
    return {
      verdicts, replies, sends, greetings, fields, counters, logs, session, idleTimeoutMs, crossings,
      forwarded: joined(this.#out[CLIENT]), returned: joined(this.#out[SERVER]), closed: this.#closed, detail: this.#detail, goodbyes
    }
  }

  #feed (side: Side, bytes: Bytes): void {
    if (this.#closed !== undefined || (side === CLIENT && this.#rejection !== undefined)) return
    if (side === SERVER) {
      if (this.#unheard) return
      if (!this.#chosen) throw new TypeError('bytes of a server before a message was forwarded: there is no server yet')
      this.#answered = true
    }
    if (side === CLIENT && !this.#begins(bytes)) return
    const direction = this.#directions[side]
    const { passed, rest } = direction.takeCredit(bytes)
    this.#pass(side, passed)
    this.#boundary(side)
    if (direction.piped) this.#pass(side, rest)
    else if (direction instanceof MessageDirection) this.#judge(side, direction, direction.cut(rest))
    else if (direction instanceof StreamDirection) {
      direction.append(rest)
      this.#judgeStream(side, direction, false)
    }
  }

  /** False when no client begins with these bytes. */
  #begins (bytes: Bytes): boolean {
    if (this.#begun || bytes.length === 0) return true
    this.#begun = true
    const refusal = this.#protocol.spec.client.beginning?.refusal(bytes[0]!)
    if (refusal !== undefined) this.#finish('rejected', refusal)
    return refusal === undefined
  }

  /** Servers that say nothing to clients are not listened to. */
  get #unheard (): boolean { return this.#declaration.balance === 'per-message' && this.#declaration.replies === 'none' }

  #end (): void {
    const direction = this.#directions[CLIENT]
    if (direction instanceof MessageDirection) this.#judge(CLIENT, direction, direction.cutLast())
    else if (direction instanceof StreamDirection) this.#judgeStream(CLIENT, direction, true)
    if (this.#closed === undefined) this.#closed = 'client-closed'
  }

  /** Ask about frames, in as many crossings as they need, and do with them what is answered. */
  #judge (side: Side, direction: MessageDirection, frames: readonly Frame[]): void {
    let at = 0
    const passUnseen = (): void => {
      while (at < frames.length && (direction.piped || frames[at]!.entry === undefined)) this.#forward(side, direction, frames[at++]!)
    }
    passUnseen()
    while (at < frames.length && this.#closed === undefined) {
      const asked = this.#fitting(frames.slice(at))
      const answers = this.#cross(batch => {
        for (const { entry, length } of asked) batch.message(SLOT, entry!, { side: sideNames[side], frameLength: length, answered: this.#answered })
      }, asked.length)
      for (const answer of answers) {
        this.#apply(side, direction, frames[at++]!, answer)
        if (this.#closed !== undefined || (side === CLIENT && this.#rejection !== undefined)) return
        passUnseen()
        if (direction.piped) break
      }
    }
    if (this.#closed !== undefined) return
    if (direction.piped) this.#pass(side, direction.takeRest())
    else if (direction.broken !== 0) this.#broken(side, whyBroken(direction.broken))
  }

  /** Show what is undecided as long as something can be said about it, one crossing at a time. */
  #judgeStream (side: Side, direction: StreamDirection, ended: boolean): void {
    while (this.#closed === undefined && !direction.piped) {
      const shown = direction.show(ended)
      if (shown === undefined) return
      const [answer] = this.#cross(batch => { batch.data(SLOT, shown.bytes, { side: sideNames[side], last: shown.last, answered: this.#answered }) }, 1)
      if (answer === undefined || answer.op === 'skipped') return
      this.#effects(answer, side, direction)
      switch (answer.op) {
        case 'more': {
          const wrong = direction.wait(answer.count)
          if (wrong !== undefined) this.#finish('protocol-error', side === CLIENT ? wrong : `from the server: ${wrong}`)
          break
        }
        case 'pipe':
          // A count before it has had the keys.
          this.#transcript.verdicts.push(answeredOf(answer.effects.some(({ kind }) => kind === 'pass') ? { ...answer, token: undefined, session: undefined, via: undefined } : answer))
          this.#chosen = true
          this.#pipe(side)
          if (answer.then === 'tunnel') this.#pipe(side === CLIENT ? SERVER : CLIENT)
          break
        case 'reject':
          this.#reject(answer)
          break
        default:
          this.#failed(answer.op === 'malformed' ? 'malformed' : 'threw', answer)
      }
    }
  }

  /** One count of a stream's verdicts; the first that passes has the keys. */
  #decide (side: Side, direction: StreamDirection, n: number, passes: boolean, keys: Keys): void {
    const here = direction.decide(n, !passes)
    this.#transcript.counted(side, n, passes, keys)
    if (!passes) return
    if (side === CLIENT) this.#chosen = true
    this.#pass(side, here)
  }

  /** As many of the frames that are asked about as one batch has room for. */
  #fitting (frames: readonly Frame[]): Frame[] {
    const asked: Frame[] = []
    let room = this.#protocol.guest.memory.layout.inBytes - 4096
    for (const frame of frames) {
      if (frame.entry === undefined) continue
      room -= frame.entry.length
      if (asked.length > 0 && (room < 0 || asked.length >= MAX_BATCH - PROLOGUE)) break
      asked.push(frame)
    }
    return asked
  }

  /** One entry into the guest; answers those requests that it processed. */
  #cross (ask: (batch: Batch) => void, count: number): AnswerRecord[] {
    const { guest } = this.#protocol
    const batch = new Batch(guest.memory)
    const before = this.#told ? 0 : PROLOGUE
    if (!this.#told) {
      const { client = {} } = this.#options
      batch.vserver(0, this.#options.vserver ?? 'test', this.#params).open(SLOT, 0, clientText({ ...client, address: client.address ?? '127.0.0.1' }), client.port ?? 49152)
      this.#told = true
    }
    ask(batch)
    this.#transcript.crossings++
    const end = runAtOnce(guest, batch)
    if (end.failure !== undefined) {
      this.#closed = 'extension-error'
      this.#detail = end.failure.message
      return []
    }
    this.#transcript.addCounts(batch.counts())
    if (before > 0) this.#opened(batch.answer(1))
    if (this.#closed !== undefined) return []
    return Array.from({ length: Math.min(count, end.processed - before) }, (_, i) => batch.answer(before + i))
  }

  #opened (answer: AnswerRecord): void {
    this.#effects(answer)
    if (answer.op === 'reject') this.#reject(answer)
    else if (answer.op === 'threw' || answer.op === 'malformed') this.#failed('threw', answer)
  }

  #apply (side: Side, direction: MessageDirection, frame: Frame, answer: AnswerRecord): void {
    if (answer.op === 'skipped') {
      this.#forward(side, direction, frame)
      return
    }
    this.#effects(answer)
    switch (answer.op) {
      case 'forward':
        this.#transcript.verdicts.push(answeredOf(answer))
        if (answer.bytes === undefined) {
          this.#forward(side, direction, frame, answer.replies)
        } else if (this.#inTurn(side, answer.replies)) {
          this.#chosen = true
          this.#pass(side, answer.bytes)
          direction.settle(frame, true)
          this.#saidInTurn(side)
        }
        if (answer.then !== 'continue') direction.piped = true
        if (answer.then === 'tunnel') this.#pipe(side === CLIENT ? SERVER : CLIENT)
        break
      case 'drop':
        this.#transcript.verdicts.push(answeredOf(answer))
        direction.settle(frame, true)
        break
      case 'reject':
        if (side === CLIENT && this.#order?.waits === true) this.#rejectInTurn(answer)
        else this.#reject(answer)
        break
      default:
        this.#failed(answer.op === 'malformed' ? 'malformed' : 'threw', answer, side)
    }
  }

  #pipe (side: Side): void {
    const direction = this.#directions[side]
    direction.piped = true
    this.#pass(side, direction.takeRest())
  }

  #reject (answer: AnswerRecord): void {
    const verdict = answeredOf(answer)
    this.#transcript.verdicts.push(verdict)
    if (answer.bytes !== undefined) this.#reply(Uint8Array.from(answer.bytes))
    this.#finish('rejected', answer.text ?? '')
  }

  #rejectInTurn (answer: AnswerRecord): void {
    this.#transcript.verdicts.push(answeredOf(answer))
    this.#rejection = { reason: 'rejected', why: answer.text ?? '' }
    if (answer.bytes !== undefined) this.#reply(Uint8Array.from(answer.bytes))
  }

  #failed (op: 'malformed' | 'threw', answer: AnswerRecord, side: Side = CLIENT): void {
    const why = this.#protocol.guest.mapStack(answer.text ?? '').split('\n', 1)[0]!
    this.#transcript.verdicts.push({ op, why })
    if (op === 'malformed') this.#broken(side, why)
    else this.#finish('extension-error', why)
  }

  /** Replies that were asked for before come first. */
  #broken (side: Side, why: string): void {
    if (side === CLIENT && this.#order?.waits === true) this.#rejection = { reason: 'protocol-error', why }
    else this.#finish('protocol-error', side === CLIENT ? why : `from the server: ${why}`)
  }

  #effects (answer: AnswerRecord, side: Side = CLIENT, stream?: StreamDirection): void {
    let keys = keysOf(answer)
    for (const effect of answer.effects) {
      const { kind, count, bytes } = effect
      switch (kind) {
        case 'reply': this.#reply(Uint8Array.from(bytes)); break
        case 'send':
          this.#transcript.sends.push(Uint8Array.from(bytes))
          this.#interject(CLIENT, bytes)
          break
        case 'pass':
          this.#decide(side, stream!, count, true, keys)
          keys = {}
          break
        case 'discard': this.#decide(side, stream!, count, false, {}); break
        default: this.#transcript.effect(effect)
      }
    }
  }

  #reply (bytes: Bytes): void {
    this.#transcript.replies.push(bytes)
    if (this.#order?.waits === true && this.#closed === undefined) this.#order.own(bytes)
    else this.#interject(SERVER, bytes)
  }

  /** Pass a frame on as it is. */
  #forward (side: Side, direction: MessageDirection, frame: Frame, replies = 1): void {
    if (!this.#inTurn(side, replies)) return
    this.#chosen = true
    this.#pass(side, frame.bytes)
    direction.settle(frame, false)
    if (direction.closes(frame)) this.#saidLast[side] = true
    this.#saidInTurn(side)
  }

  /** A message is about to go on: it asks for replies, or is one. */
  #inTurn (side: Side, replies: number): boolean {
    if (this.#order === undefined) return true
    if (side === CLIENT) this.#order.asked(replies)
    else if (!this.#order.answered()) this.#finish('reply-unexpected', 'the server sent a message that answers no request')
    return this.#closed === undefined
  }

  /** A reply may have ended: what waited for it follows. */
  #saidInTurn (side: Side): void {
    if (this.#order === undefined || side === CLIENT || !this.#directions[SERVER].atBoundary) return
    for (const bytes of this.#order.takeOwn()) this.#pass(SERVER, bytes)
    if (this.#rejection !== undefined && !this.#order.waits) this.#finish(this.#rejection.reason, this.#rejection.why)
  }

  #pass (side: Side, bytes: Bytes): void {
    if (bytes.length > 0) this.#out[side].push(Uint8Array.from(bytes))
  }

  /** Bytes of ours join a stream between two frames. */
  #interject (side: Side, bytes: Bytes): void {
    if (this.#saidLast[side]) return
    if (this.#directions[side].atBoundary) this.#pass(side, bytes)
    else this.#waiting[side].push(Uint8Array.from(bytes))
  }

  #boundary (side: Side): void {
    if (this.#directions[side].atBoundary) {
      const waiting = this.#waiting[side].splice(0)
      if (!this.#saidLast[side]) this.#out[side].push(...waiting)
    }
    this.#saidInTurn(side)
  }

  /** The connection ends from our side; after a mistake the protocol is asked for its words. */
  #finish (reason: Closed, detail: string): void {
    this.#closed = reason
    this.#detail = detail
    // Who was never told to the guest is not asked about.
    if (reason === 'rejected' || !this.#told || !this.#declaration.hooks.goodbye || this.#saidLast[SERVER]) return
    this.#transcript.crossings++
    const words = this.#lastWords(reason === 'reply-unexpected' ? 'protocol-error' : reason as Reason)
    if (words !== undefined) this.#reply(words)
  }

  #lastWords (reason: Reason): Bytes | undefined {
    const { guest } = this.#protocol
    if (!this.#told || !guest.declaration.hooks.goodbye || this.#saidLast[SERVER]) return undefined
    const batch = new Batch(guest.memory).goodbye(SLOT, reason, this.#answered)
    let processed = 0
    guest.run(batch.bank, batch.count, { batchDone: (_, n) => { processed = n }, batchCut: () => {}, batchFailed: () => {} })
    const answer = processed === 1 ? batch.answer(0) : undefined
    return answer?.op === 'forward' && answer.bytes !== undefined && answer.bytes.length > 0 ? Uint8Array.from(answer.bytes) : undefined
  }
}

/**
 * Run a stream through a protocol: the real framing, the real guest loop, no sockets. Each chunk arrives in a loop tick of its own, and the server takes
 * what it is given at once. Throws a TypeError for parameters that do not match their declaration.
 */
export const drive = (protocol: Subject, stream: Stream, options: DriveOptions = {}): Driven => new Conversation(loaded(protocol), options).run(stream)
