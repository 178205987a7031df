import { clientOf } from '../abi/client-text.ts'
import { EffectKind, logLevels, MAX_NUMBER } from '../abi/layout.ts'
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
  readonly rules: RulesInfo
  /** Splits whose replies are not gathered, by number. */
  readonly splits = new Map<number, PendingSplit>()
  /** The number of the next split. */
  nextSplit = 0
  /** Bit per side (1 client, 2 server): that side is piped. */
  piped = 0
  /** The client's stream has selected its server. */
  #chosen = false

  constructor (state: unknown, client: ClientInfo, vserver: VserverInfo, rules: RulesInfo) {
    this.rules = rules
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
  /** What its rules look at; undefined: nothing. It is kept up to date. */
  readonly rules?: {
    readonly messages: boolean
    readonly replies?: boolean
    readonly limits?: boolean
    readonly fields: readonly string[]
    readonly tolerant?: boolean
  } | undefined
}

/** What the rules of a user vserver look at: one object for all its connections, whose values change. */
export interface RulesInfo {
  /** Every message. */
  messages: boolean
  /** There are rate limits among them that may block a message. */
  limits: boolean
  /** Names of fields that a message of a client may have to set. */
  fields: ReadonlySet<string>
  /** The same of a message of a server: without rules of these, only what later messages of the client are held to. */
  replyFields: ReadonlySet<string>
  /** Only managed checks look at messages. */
  tolerant: boolean
}

/** No rules look at anything. */
export const noRules: RulesInfo = {
  messages: false,
  limits: false,
  fields: new Set(),
  replyFields: new Set(),
  tolerant: false
}

interface DeclaredField { readonly index: number, readonly type: FieldType }

const expected: Readonly<Record<FieldType, string>> = {
  string: 'a string',
  secret: 'a string',
  int: 'a whole number',
  bool: 'true or false',
  strings: 'a list of strings',
  map: 'lists of strings by name'
}

const isStrings = (value: unknown): boolean => Array.isArray(value) && value.every(item => typeof item === 'string')

const accepts = (type: FieldType, value: unknown): boolean => {
  switch (type) {
    case 'int': return Number.isSafeInteger(value)
    case 'bool': return typeof value === 'boolean'
    case 'strings': return isStrings(value)
    case 'map': return typeof value === 'object' && value !== null && Object.values(value).every(isStrings)
    default: return typeof value === 'string'
  }
}

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
  #fromClient = false
  mayStartTls = false
  #rules = noRules
  #wanted = noRules.fields
  /** The handler that runs has started TLS. */
  startsTls = false
  #hasMessage = false

  /** `preludes`: what the protocol declares lets servers have a prelude. */
  constructor (
    outbox: Outbox,
    tally: Tally,
    fields: Readonly<Record<string, FieldType>>,
    preludes: boolean,
    perMessage: boolean
  ) {
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
    this.#fromClient = fromClient
    this.state = slot.state
    this.params = slot.vserver.params
    this.client = slot.client
    this.#rules = slot.rules
    this.#wanted = fromClient ? slot.rules.fields : slot.rules.replyFields
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
    if (!this.#fromClient) throw new TypeError('prelude(): in onConnect and handlers of client messages only')
    this.#outbox.effectBytes(EffectKind.prelude, bytes, 'prelude(bytes)')
  }

  inspectAll (on: boolean): void {
    if (!this.#fromClient) throw new TypeError('inspectAll(): in onConnect and handlers of client messages only')
    if (typeof on !== 'boolean') throw new TypeError(`inspectAll(): expected true or false, got ${typeof on}`)
    this.#outbox.effectNumber(EffectKind.inspectAll, on ? 1 : 0, 0)
  }

  startTls ({ answer }: { readonly answer: Bytes }): void {
    if (!this.#hasMessage) throw new TypeError('startTls(): in client.onMessage only')
    if (!this.mayStartTls) {
      throw new TypeError(
        this.client.tlsVersion === undefined
          ? 'startTls(): needs startTls: true of the protocol, and a certificate of the user vserver; see mayStartTls'
          : 'startTls(): the client has TLS already'
      )
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
    if (!(seconds >= 0 && seconds <= 31_536_000))
      throw new RangeError(`idleTimeout(${seconds}): expected 0 to 31536000 seconds`)
    // Rounded up: 0 means never.
    this.#outbox.effect(EffectKind.idleTimeout, Math.min(0x7fffffff, Math.ceil(seconds * 1000)), '')
  }

  serverRefused (why: string): void {
    this.#needServer('serverRefused')
    this.#outbox.effect(EffectKind.serverRefused, 0, String(why).slice(0, MAX_REASON))
  }

  get ruled (): boolean { return this.#rules.messages }
  get limited (): boolean { return this.#rules.limits }
  get tolerant (): boolean { return this.#rules.tolerant }
  wants (field: string): boolean { return this.#wanted.has(field) }

  refusal (bytes: Bytes, by: 'rule' | 'rate-limit' = 'rule'): void {
    if (!this.#hasMessage) throw new TypeError('refusal(): in client.onMessage only')
    this.#outbox.effect(EffectKind.refusal, by === 'rate-limit' ? 1 : 0, bytes, 'refusal(bytes)')
  }

  set (
    field: string,
    value: string | number | boolean | readonly string[] | Readonly<Record<string, readonly string[]>>,
    { shown = true }: { readonly shown?: boolean } = {}
  ): void {
    const declared = this.#fields.get(field)
    if (declared === undefined) {
      throw new TypeError(
        `set('${String(field)}'): not a declared field; there are: ${[...this.#fields.keys()].join(', ') || 'none'}`
      )
    }
    if (!accepts(declared.type, value))
      throw new TypeError(`set('${field}'): expected ${expected[declared.type]}, got ${typeof value}`)
    // A number that fits is not written as text: it is read back for each message.
    if (
      declared.type === 'bool' || (declared.type === 'int' && (value as number) >= 0 && (value as number) <= MAX_NUMBER)
    ) {
      this.#outbox.effectNumber(EffectKind.setNumber, declared.index, Number(value) * 2 + (shown ? 0 : 1))
      return
    }
    this.#outbox.effect(
      EffectKind.set,
      declared.index,
      declared.type === 'strings' || declared.type === 'map' ? JSON.stringify(value) : String(value),
      '',
      shown ? 0 : 1
    )
  }

  cost (amount: number): void {
    if (!Number.isInteger(amount) || amount < 0 || amount > 0x7fffffff)
      throw new RangeError(`cost(${String(amount)}): expected a whole number from 0 to 2147483647`)
    this.#outbox.effectNumber(EffectKind.cost, amount, 0)
  }

  count (metric: string, by = 1): void {
    if (!Number.isInteger(by) || by < 0 || by > 0x7fffffff)
      throw new RangeError(`count('${String(metric)}', ${String(by)}): expected a whole number from 0 to 2147483647`)
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
