import { drop, pass, type Bytes, type DropBytes, type Key, type Keys, type Pass } from '@weirlb/sdk'
import type { Judgement } from '@weirlb/engine/rehearsal'
import { COUNT_UNIT, logLevels, type Guest } from '@weirlb/sdk/abi'
import type { AnswerRecord, EffectRecord } from './batch.ts'
import type { Answered, Driven } from './driven.ts'
import { answeredOf, keyOf, keysOf } from './verdicts.ts'

/** The results of an author's handlers in one conversation. */
export class Outcome {
  readonly verdicts: Answered[] = []
  readonly replies: Bytes[] = []
  readonly sends: Bytes[] = []
  readonly preludes: Bytes[] = []
  readonly besides: Key[] = []
  readonly refusals: string[] = []
  startedTls: Bytes | undefined = undefined
  readonly fields: Record<string, string | number | boolean> = {}
  readonly logs: Driven['logs'][number][] = []
  session: Driven['session'] = undefined
  idleTimeoutMs: number | undefined = undefined
  readonly #guest: Guest
  /** The last count of a stream's verdicts on each side; the next one in a row is added to it. */
  readonly #lastCount: [Pass | DropBytes | undefined, Pass | DropBytes | undefined] = [undefined, undefined]

  constructor (guest: Guest) { this.#guest = guest }

  /** Adds one answer. */
  take ({ call, side, answer }: Judgement<AnswerRecord>): void {
    let keys = keysOf(answer)
    for (const effect of answer.effects) {
      if (effect.kind !== 'pass' && effect.kind !== 'drop') this.#effect(effect)
      else {
        const passes = effect.kind === 'pass'
        this.#counted(side, effect.count, passes, passes ? keys : {})
        // The first that passes has the keys.
        if (passes) keys = {}
      }
    }
    if (answer.op === 'malformed' || answer.op === 'threw') {
      this.verdicts.push({
        op: call === 'connect' ? 'threw' : answer.op,
        why: this.#guest.mapStack(answer.text ?? '').split('\n', 1)[0]!
      })
    } else if (answer.op === 'reject') {
      this.verdicts.push(answeredOf(answer))
      if (answer.bytes !== undefined) this.replies.push(Uint8Array.from(answer.bytes))
    } else if (call !== 'connect' && answer.op !== 'more') {
      const named = answer.effects.some(({ kind }) => kind === 'pass')
      this.verdicts.push(
        answeredOf(named ? { ...answer, token: undefined, session: undefined, via: undefined } : answer)
      )
    }
  }

  /** One count of a stream's verdicts. */
  #counted (side: 0 | 1, n: number, passes: boolean, keys: Keys): void {
    const last = this.verdicts.at(-1)
    const op = passes ? 'pass' : 'drop'
    const counted = this.#lastCount[side]
    if (counted !== undefined && counted === last && counted.op === op && Object.keys(keys).length === 0) {
      this.verdicts.pop()
      this.#lastCount[side] = { ...counted, n: counted.n + n }
    } else {
      this.#lastCount[side] = passes ? pass(n, keys) : drop(n)
    }
    this.verdicts.push(this.#lastCount[side])
  }

  #effect ({ kind, a, count, bytes }: EffectRecord): void {
    switch (kind) {
      case 'reply': this.replies.push(Uint8Array.from(bytes)); break
      case 'send': this.sends.push(Uint8Array.from(bytes)); break
      case 'prelude': this.preludes.push(Uint8Array.from(bytes)); break
      case 'startTls': this.startedTls = Uint8Array.from(bytes); break
      case 'pin':
        if (a === 0) this.session = keyOf(bytes)
        else this.besides.push(keyOf(bytes))
        break
      case 'serverRefused': this.refusals.push(bytes.toString()); break
      case 'idleTimeout': this.idleTimeoutMs = a; break
      case 'log': this.logs.push({ level: logLevels[a]!, text: bytes.toString() }); break
      case 'setNumber': {
        const { name, type } = this.#guest.declaration.fields[a]!
        const value = (count - a * COUNT_UNIT) >> 1
        this.fields[name] = type === 'bool' ? value === 1 : value
        break
      }
      case 'set': {
        const text = bytes.toString()
        const { name, type } = this.#guest.declaration.fields[a]!
        this.fields[name] = type === 'int' ? Number(text) : text
        break
      }
    }
  }
}
