import { discard, pass, type Bytes, type Discard, type Keys, type Pass } from '@weirlb/sdk'
import { logLevels, type Declaration } from '@weirlb/sdk/abi'
import type { EffectRecord } from './batch.ts'
import type { Answered, Driven } from './driven.ts'
import { keyOf } from './verdicts.ts'

/** What an author's handlers did in one conversation, and what Weir itself said in it. */
export class Transcript {
  readonly verdicts: Answered[] = []
  readonly replies: Bytes[] = []
  readonly sends: Bytes[] = []
  readonly greetings: Bytes[] = []
  readonly fields: Record<string, string | number | boolean> = {}
  readonly counters: Record<string, number> = {}
  readonly logs: Driven['logs'][number][] = []
  session: Driven['session'] = undefined
  idleTimeoutMs: number | undefined = undefined
  crossings = 0
  readonly #declaration: Declaration
  /** The last count of a stream's verdicts on each side: what follows it in a row is added. */
  readonly #lastCount: [Pass | Discard | undefined, Pass | Discard | undefined] = [undefined, undefined]

  constructor (declaration: Declaration) { this.#declaration = declaration }

  /** One count of a stream's verdicts, on the side of this index. */
  counted (side: 0 | 1, n: number, passes: boolean, keys: Keys): void {
    const last = this.verdicts.at(-1)
    const op = passes ? 'pass' : 'discard'
    if (last !== undefined && last === this.#lastCount[side] && last.op === op && Object.keys(keys).length === 0) {
      this.verdicts.pop()
      this.#lastCount[side] = { ...last, n: last.n + n }
    } else {
      this.#lastCount[side] = passes ? pass(n, keys) : discard(n)
    }
    this.verdicts.push(this.#lastCount[side])
  }

  /** What the handlers counted in one crossing. */
  addCounts (counts: Readonly<Record<string, number>>): void {
    for (const [name, by] of Object.entries(counts)) this.counters[name] = (this.counters[name] ?? 0) + by
  }

  /** An effect that leaves nothing but a record. */
  effect ({ kind, a, bytes }: EffectRecord): void {
    const text = bytes.toString()
    switch (kind) {
      case 'greet': this.greetings.push(Uint8Array.from(bytes)); break
      case 'session': this.session = keyOf(bytes); break
      case 'idleTimeout': this.idleTimeoutMs = a; break
      case 'set': {
        const { name, type } = this.#declaration.fields[a]!
        this.fields[name] = type === 'int' ? Number(text) : type === 'bool' ? text === 'true' : text
        break
      }
      case 'log': this.logs.push({ level: logLevels[a]!, text }); break
    }
  }
}
