import {
  ANSWERS_AT,
  ANSWER_WORDS,
  Answer,
  BANK_WORDS,
  COUNTS_AT,
  COUNT_UNIT,
  COUNT_WORDS,
  Count,
  EFFECTS_AT,
  EFFECT_WORDS,
  Effect,
  EffectKind,
  Extra,
  MAX_COUNTS,
  MAX_EFFECTS,
  MAX_REPLIES,
  Op,
  type SharedMemory
} from '@weirlb/sdk/abi'

const LAST_OP = Math.max(...Object.values(Op))
const KINDS = Math.max(...Object.values(EffectKind))

/** Returns the answer that forwards a message by a token, in place of the extension's; valid until the next one. */
export const forwardTo = (token: string): AnswerReader => {
  own.token = token
  return own
}

/**
 * Reads answers from the memory that the guest shares. The guest may write anything there at any time: each word is
 * read once, checked, and used from its copy; bytes are copied out. One instance serves every answer.
 */
export class AnswerReader {
  readonly #control: Int32Array
  readonly #arena: Buffer
  readonly #inBytes: number
  readonly #outBytes: number
  #out = 0
  #effects = 0

  op = 0
  then = 0
  /** Messages that reply to a forwarded one. */
  replies = 1
  /** Keys as byte strings (latin1), undefined when absent or empty. */
  token: string | undefined
  session: string | undefined
  via: string | undefined
  /** The key of a request with `replies: 'matched'`, as a byte string; undefined if absent or empty. */
  match: string | undefined
  /** Messages that come before the replies, and are discarded. */
  swallow = 0
  /** True: the server has state of the client; false: no longer; undefined: as before. */
  keep: boolean | undefined
  /** The server sends unasked from now on. */
  unasked = false
  /** Only the service of an existing entry for the session will do. */
  known = false
  /** Of a split they are valid until the next answer is read. */
  bytes: Uint8Array | undefined
  text = ''
  /**
   * For a stream: further bytes needed beyond those shown. For a handler that threw: not 0 if it had originated more
   * than its limit.
   */
  count = 0
  effectsFrom = 0
  effectsCount = 0
  /** Bytes that the message originated, as far as they have been read: effects count when they are. */
  originated = 0

  effectKind = 0
  effectA = 0
  effectB = 0
  /** For a stream: the number of bytes passed or discarded. */
  effectCount = 0
  /** Those of the last answer that was read. */
  #extras = 0
  /** Bytes of the last split. They are large: memory of its own for each costs more than to copy them. */
  #split = Buffer.allocUnsafeSlow(4096)
  #effectOffset = 0
  #effectLength = 0

  constructor (memory: SharedMemory) {
    this.#control = memory.control
    this.#arena = Buffer.from(memory.arena.buffer, memory.arena.byteOffset, memory.arena.byteLength)
    this.#inBytes = memory.layout.inBytes
    this.#outBytes = memory.layout.outBytes
  }

  /** A forwarded message says nothing of itself but its token. */
  get isPlain (): boolean {
    return this.replies === 1 && this.swallow === 0 && this.keep === undefined && !this.unasked &&
      this.bytes === undefined && this.session === undefined && this.via === undefined && this.match === undefined
  }

  /**
   * Read answer `index` of a bank, for a message with `own` bytes shown. False if the guest loop cannot have written
   * it.
   */
  read (bank: number, index: number, own = 0): boolean {
    const control = this.#control
    const at = bank * BANK_WORDS + ANSWERS_AT + index * ANSWER_WORDS
    this.#out = bank * (this.#inBytes + this.#outBytes) + this.#inBytes
    this.#effects = bank * BANK_WORDS + EFFECTS_AT
    const op = control[at + Answer.op]!
    const then = control[at + Answer.then]!
    const replies = control[at + Answer.replies]!
    const effectsFrom = control[at + Answer.effectsFrom]!
    const effectsCount = control[at + Answer.effectsCount]!
    const count = control[at + Answer.count]!
    if (op < 0 || op > LAST_OP || count < 0 || then < 0 || then > 2 || replies < 0 || replies > MAX_REPLIES)
      return false
    if (effectsCount < 0 || effectsFrom < 0 || effectsFrom > MAX_EFFECTS || effectsCount > MAX_EFFECTS - effectsFrom)
      return false
    this.op = op
    this.then = then
    this.count = count
    this.replies = replies
    this.effectsFrom = effectsFrom
    this.effectsCount = effectsCount
    const tokenOffset = control[at + Answer.tokenOffset]!
    const tokenLength = control[at + Answer.tokenLength]!
    const sessionOffset = control[at + Answer.sessionOffset]!
    const sessionLength = control[at + Answer.sessionLength]!
    const token = this.#string(tokenOffset, tokenLength)
    // One key for both is written once, and read once.
    const shared = tokenOffset === sessionOffset && tokenLength === sessionLength
    const session = shared ? token : this.#string(sessionOffset, sessionLength)
    const via = this.#string(control[at + Answer.viaOffset]!, control[at + Answer.viaLength]!)
    const bytes = this.#copy(control[at + Answer.bytesOffset]!, control[at + Answer.bytesLength]!, op === Op.split)
    const text = this.#string(control[at + Answer.textOffset]!, control[at + Answer.textLength]!)
    if (token === null || session === null || via === null || bytes === null || text === null) return false
    this.token = token === '' ? undefined : token
    this.session = session === '' ? undefined : session
    this.via = via
    if (!this.#readExtras(at)) return false
    this.bytes = bytes
    this.text = text === undefined ? '' : Buffer.from(text, 'latin1').toString()
    // The text of an error is the guest loop's.
    const said = op === Op.threw || op === Op.malformed ? 0 : text?.length ?? 0
    const replaced = op === Op.forward || op === Op.split ? own : 0
    this.originated = (token?.length ?? 0) + (shared ? 0 : session?.length ?? 0) + (via?.length ?? 0) +
      (this.match?.length ?? 0) + Math.max(0, (bytes?.length ?? 0) - replaced) + said
    return true
  }

  /** Read what few answers have; false when it cannot be what the guest loop writes. */
  #readExtras (at: number): boolean {
    const extras = this.#control[at + Answer.extras]!
    // Nearly no answer has any.
    if (extras === 0 && this.#extras === 0) return true
    this.#extras = extras
    this.match = undefined
    this.swallow = 0
    this.keep = undefined
    this.unasked = false
    this.known = false
    if ((extras & Extra.match) !== 0) {
      const match = this.#string(this.#control[at + Answer.matchOffset]!, this.#control[at + Answer.matchLength]!)
      if (match === null) return false
      this.match = match === '' ? undefined : match
    }
    if ((extras & Extra.swallow) !== 0) {
      const swallow = this.#control[at + Answer.swallow]!
      if (swallow < 0 || swallow > MAX_REPLIES) return false
      this.swallow = swallow
    }
    if ((extras & (Extra.keep | Extra.letGo)) !== 0) this.keep = (extras & Extra.keep) !== 0
    this.unasked = (extras & Extra.unasked) !== 0
    this.known = (extras & Extra.known) !== 0
    return true
  }

  /** Read effect `n` of the answer; false if it is invalid. */
  readEffect (n: number): boolean {
    const at = this.#effects + (this.effectsFrom + n) * EFFECT_WORDS
    const kind = this.#control[at + Effect.kind]!
    this.effectKind = kind
    this.effectA = this.#control[at + Effect.a]!
    const low = this.#control[at + Effect.b]!
    this.effectB = low
    this.effectCount = this.effectA * COUNT_UNIT + low
    this.#effectOffset = this.#control[at + Effect.offset]!
    this.#effectLength = this.#control[at + Effect.length]!
    if (
      !(kind >= 1 && kind <= KINDS && this.effectA >= 0 && low >= 0 &&
        this.#fits(this.#effectOffset, this.#effectLength))
    ) return false
    // Positions in the code were requested by a trace.
    if (kind !== EffectKind.site) this.originated += this.#effectLength
    return true
  }

  /** Hand out what the batch has counted; false when it is not what the guest loop writes. */
  readCounts (bank: number, take: (name: string, by: number) => void): boolean {
    const control = this.#control
    const out = bank * (this.#inBytes + this.#outBytes) + this.#inBytes
    const at = bank * BANK_WORDS + COUNTS_AT
    const counts = control[at]!
    if (counts < 0 || counts > MAX_COUNTS) return false
    for (let record = at + 1, n = 0; n < counts; record += COUNT_WORDS, n++) {
      const offset = control[record + Count.offset]!
      const length = control[record + Count.length]!
      const low = control[record + Count.low]!
      const high = control[record + Count.high]!
      if (!this.#fits(offset, length) || low < 0 || high < 0) return false
      take(this.#arena.toString('utf8', out + offset, out + offset + length), high * 0x80000000 + low)
    }
    return true
  }

  /** Bytes of the effect, copied. */
  effectBytes (): Uint8Array {
    const from = this.#out + this.#effectOffset
    return Uint8Array.prototype.slice.call(this.#arena, from, from + this.#effectLength)
  }

  /** Bytes of the effect as a latin1 string. */
  effectKey (): string {
    const from = this.#out + this.#effectOffset
    return this.#arena.toString('latin1', from, from + this.#effectLength)
  }

  /** Bytes of the effect as UTF-8 text; `before`, if that is the same: most values are those of the message before. */
  effectTextLike (before: string): string {
    const length = this.#effectLength
    if (before.length !== length) return this.effectText()
    const from = this.#out + this.#effectOffset
    for (let n = 0; n < length; n++) {
      const byte = this.#arena[from + n]!
      if (byte > 127 || byte !== before.charCodeAt(n)) return this.effectText()
    }
    return before
  }

  /** Bytes of the effect as UTF-8 text. */
  effectText (): string {
    const from = this.#out + this.#effectOffset
    return this.#arena.toString('utf8', from, from + this.#effectLength)
  }

  #fits (offset: number, length: number): boolean {
    return offset >= 0 && length >= 0 && length <= this.#outBytes && offset <= this.#outBytes - length
  }

  /** undefined: absent; null: out of bounds. */
  #string (offset: number, length: number): string | undefined | null {
    if (length === -1) return undefined
    if (!this.#fits(offset, length)) return null
    return this.#arena.toString('latin1', this.#out + offset, this.#out + offset + length)
  }

  #copy (offset: number, length: number, soon: boolean): Uint8Array | undefined | null {
    if (length === -1) return undefined
    if (!this.#fits(offset, length)) return null
    if (soon && this.#split.length < length) this.#split = Buffer.allocUnsafeSlow(2 * length)
    const copy = soon ? this.#split.subarray(0, length) : Buffer.allocUnsafeSlow(length)
    this.#arena.copy(copy, 0, this.#out + offset, this.#out + offset + length)
    return copy
  }
}

const own = new AnswerReader({
  control: new Int32Array(0),
  arena: new Uint8Array(0),
  layout: { inBytes: 0, outBytes: 0 }
})
own.op = Op.forward
