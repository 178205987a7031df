import { clientOf } from '../abi/client-text.ts'
import { EffectKind, logLevels } from '../abi/layout.ts'
import type { Bytes } from '../bytes.ts'
import type { ClientInfo, Context, FieldType, LogLevel, Message } from '../context.ts'
import { Reader } from '../reader.ts'
import { siteHere, sites } from '../site.ts'
import { decodeUtf8 } from '../utf8.ts'
import type { Key } from '../verdict.ts'
import type { Outbox } from './outbox.ts'
import type { PendingSplit } from './pending-split.ts'
import type { Tally } from './tally.ts'

/** Value of `Slot.piped` when neither direction enters any more. */
export const BOTH_PIPED = 3

/** Maximum characters of a refusal's reason. */
const MAX_REASON = 200

/** The guest's state of one connection. */
export class Slot {
  state: unknown
  client: ClientInfo
  vserver: VserverInfo
  /** Splits whose replies are not gathered, by number. */
  readonly splits = new Map<number, PendingSplit>()
  /** The number of the next split. */
  nextSplit = 0
  /** Bit per side (1 client, 2 server): that side is piped. */
  piped = 0
  /** The client's stream has selected its server. */
  #chosen = false

  constructor (state: unknown, client: ClientInfo, vserver: VserverInfo) {
    this.state = state
    this.client = client
    this.vserver = vserver
  }

  /**
   * Bytes of a stream are forwarded. Returns true if their keys have no effect, because the server is selected or the
   * bytes are its own.
   */
  choose (side: number): boolean {
    if (side !== 0 || this.#chosen) return true
    this.#chosen = true
    return false
  }
}

/** A user vserver as the guest has it. */
export interface VserverInfo {
  readonly name: string
  readonly params: Readonly<Record<string, unknown>>
  /** It has certificates for TLS that begins inside the protocol. */
  readonly startTls?: boolean
}

interface DeclaredField { readonly index: number, readonly type: FieldType }

const expected: Readonly<Record<FieldType, string>> = { string: 'a string', secret: 'a string', int: 'a whole number', bool: 'true or false' }

const accepts = (type: FieldType, value: unknown): boolean =>
  type === 'int' ? Number.isSafeInteger(value) : type === 'bool' ? typeof value === 'boolean' : typeof value === 'string'

/** One instance serves every call: a handler runs to its end before the next begins. */
export class GuestContext implements Context {
  readonly #outbox: Outbox
  readonly #tally: Tally
  readonly #fields: ReadonlyMap<string, DeclaredField>
  state: unknown
  params: unknown
  client: ClientInfo = clientOf('', 0)
  vserver = ''
  answered = false
  #addressed = true
  readonly #preludes: boolean
  readonly #perMessage: boolean
  #mayPrelude = false
  mayStartTls = false
  /** The handler that runs has started TLS. */
  startsTls = false
  #hasMessage = false

  /** `preludes`: what the protocol declares lets servers have a prelude. */
  constructor (outbox: Outbox, tally: Tally, fields: Readonly<Record<string, FieldType>>, preludes: boolean, perMessage: boolean) {
    this.#perMessage = perMessage
    this.#preludes = preludes
    this.#outbox = outbox
    this.#tally = tally
    this.#fields = new Map(Object.entries(fields).map(([name, type], index) => [name, { index, type }]))
  }

  /**
   * `addressed`: `send` and `pin` concern one server. `fromClient`: the message is the client's, and it is
   * forwarded.
   */
  enter (slot: Slot, answered: boolean, addressed: boolean, fromClient: boolean): void {
    this.#addressed = addressed
    this.mayStartTls = slot.vserver.startTls === true && slot.client.tlsVersion === undefined
    this.startsTls = false
    this.#hasMessage = false
    this.#mayPrelude = fromClient
    this.state = slot.state
    this.params = slot.vserver.params
    this.client = slot.client
    this.vserver = slot.vserver.name
    this.answered = answered
  }

  /** The handler gets a message of the client. */
  enterMessage (): void { this.#hasMessage = true }

  reply (bytes: Bytes): void { this.#outbox.effectBytes(EffectKind.reply, bytes, 'reply(bytes)') }

  send (bytes: Bytes): void {
    this.#needServer('send')
    this.#outbox.effectBytes(EffectKind.send, bytes, 'send(bytes)')
  }

  prelude (bytes: Bytes): void {
    if (!this.#preludes) throw new TypeError("prelude(): needs balance: 'per-message' and replies: 'in-order'")
    if (!this.#mayPrelude) throw new TypeError('prelude(): in onConnect and handlers of client messages only')
    this.#outbox.effectBytes(EffectKind.prelude, bytes, 'prelude(bytes)')
  }

  startTls ({ answer }: { readonly answer: Bytes }): void {
    if (!this.#hasMessage) throw new TypeError('startTls(): in client.onMessage only')
    if (!this.mayStartTls) {
      throw new TypeError(this.client.tlsVersion === undefined ? 'startTls(): needs startTls: true of the protocol, and a certificate of the user vserver; see mayStartTls' : 'startTls(): the client has TLS already')
    }
    if (this.startsTls) throw new TypeError('startTls(): called twice')
    this.startsTls = true
    this.#outbox.effectBytes(EffectKind.startTls, answer, 'startTls({ answer })')
  }

  pin (key: Key, { beside = false }: { readonly beside?: boolean } = {}): void {
    this.#needServer('pin')
    if (beside && this.#perMessage) throw new TypeError("pin(): beside needs balance: 'per-connection'")
    this.#outbox.effect(EffectKind.pin, beside ? 1 : 0, key, 'pin(key)')
  }

  #needServer (what: string): void {
    if (this.#addressed) return
    throw new TypeError(`${what}(): with balance: 'per-message' there is a server only where one of its messages is handled; in other handlers use forward({ bytes, session })`)
  }

  idleTimeout (seconds: number): void {
    if (!(seconds >= 0 && seconds <= 31_536_000)) throw new RangeError(`idleTimeout(${seconds}): expected 0 to 31536000 seconds`)
    // Rounded up: 0 means never.
    this.#outbox.effect(EffectKind.idleTimeout, Math.min(0x7fffffff, Math.ceil(seconds * 1000)), '')
  }

  serverRefused (why: string): void {
    this.#needServer('serverRefused')
    this.#outbox.effect(EffectKind.serverRefused, 0, String(why).slice(0, MAX_REASON))
  }

  set (field: string, value: string | number | boolean): void {
    const declared = this.#fields.get(field)
    if (declared === undefined) {
      throw new TypeError(`set('${String(field)}'): not a declared field; there are: ${[...this.#fields.keys()].join(', ') || 'none'}`)
    }
    if (!accepts(declared.type, value)) throw new TypeError(`set('${field}'): expected ${expected[declared.type]}, got ${typeof value}`)
    this.#outbox.effect(EffectKind.set, declared.index, String(value))
  }

  count (metric: string, by = 1): void {
    if (!Number.isInteger(by) || by < 0 || by > 0x7fffffff) throw new RangeError(`count('${String(metric)}', ${String(by)}): expected a whole number from 0 to 2147483647`)
    this.#tally.add(String(metric), by)
  }

  log (level: LogLevel, text: string): void {
    const index = logLevels.indexOf(level)
    if (index < 0) throw new TypeError(`log('${String(level)}'): there are: ${logLevels.join(', ')}`)
    this.#outbox.effect(EffectKind.log, index, String(text))
    if (sites.on) this.#outbox.site(1, siteHere())
  }
}

/** One instance serves every call, like the context. */
export class GuestMessage implements Message {
  readonly #arena: Uint8Array
  #from = 0
  #to = 0
  length = 0

  constructor (arena: Uint8Array) { this.#arena = arena }

  point (from: number, to: number, length: number): void {
    this.#from = from
    this.#to = to
    this.length = length
  }

  /** How many bytes of it are here. */
  get seen (): number { return this.#to - this.#from }
  get bytes (): Bytes { return this.#arena.subarray(this.#from, this.#to) }
  reader (): Reader { return new Reader(this.#arena, this.#from, this.#to) }
  text (): string { return decodeUtf8(this.#arena, this.#from, this.#to) }
}
