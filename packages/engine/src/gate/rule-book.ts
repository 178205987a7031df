import {
  isManaged,
  type ManagedCheck,
  managedChecksOf,
  managedOriginOf,
  managedRules,
  type RateLimit,
  type Rule,
  type RulePhase,
  type UserVserver
} from '@weirlb/model'
import { lookedAt, type NamedLists, RuleSet, type RuleSource } from '@weirlb/rules'
import { type Declaration, type FieldDeclaration, isWideFor } from '@weirlb/sdk/abi'
import type { Control } from '../decisions/control.ts'
import type { RuleStats } from '../stats/stats.ts'
import type { ActiveLimit } from './active-limit.ts'
import type { ActiveRule } from './active-rule.ts'
import { limitFields } from './check-limits.ts'
import { checkedRule, isBefore, phaseFor } from './checked-rule.ts'
import type { LimitBook } from './limit-book.ts'
import { valuesReader } from './looked-values.ts'
import { fitsGeo, type KnownPlaces } from './geo-fields.ts'
import { readersFor, type RuleSubject } from './rule-subject.ts'

/** What rules are told of a version of an extension. */
type Facts = Pick<Declaration, 'fields' | 'client' | 'server'>

/** What an extension's guest is told of them. */
export interface RulesDescription {
  /** Every message of a client is looked at. */
  readonly messages: boolean
  /** So is every message of a server. */
  readonly replies: boolean
  /** There are rate limits that may block a message. */
  readonly limits: boolean
  /** Fields of the extension that are read. */
  readonly fields: readonly string[]
  /** Managed checks alone look at messages, and they have modes for what cannot be read. */
  readonly tolerant: boolean
}

export type ActiveRules = RuleSet<RuleSubject, ActiveRule>

/**
 * The rules of messages, for the fields that one version of an extension declares. Undefined: there are none of the
 * phase.
 */
export interface MessageRules {
  readonly first: ActiveRules | undefined
  readonly message: ActiveRules | undefined
  readonly reply: ActiveRules | undefined
  readonly limits: MessageLimits
  /** Fields of the extension that they read. */
  readonly fields: readonly string[]
  /** These need more of the frames of a side. */
  readonly wide: { readonly client: boolean, readonly server: boolean }
}

/** True for a field that only a TLS hello has. */
const isOfHello = (field: string): boolean =>
  field.startsWith('tls.hello.') || field === 'tls.ja4' || field.startsWith('cf.bot_management.ja')

/** Rate limits of messages. */
export interface MessageLimits {
  readonly first: readonly ActiveLimit[]
  /** Those that block, ban or log. */
  readonly message: readonly ActiveLimit[]
  /** Those that make a client wait. */
  readonly paces: readonly ActiveLimit[]
  /** Those that count replies. */
  readonly reply: readonly ActiveLimit[]
}

/** The rules and rate limits of a user vserver. User vservers with the same ones share them. */
export class VserverRules {
  readonly connect: ActiveRules | undefined
  readonly tlsHello: ActiveRules | undefined
  readonly hello: ActiveRules | undefined
  readonly request: ActiveRules | undefined
  /** Rate limits, by when they count. */
  readonly limits: { readonly [P in 'connect' | 'hello' | 'request']: readonly ActiveLimit[] }
  readonly #rules: readonly Rule[]
  readonly #limits: readonly RateLimit[]
  readonly #book: RuleBook
  #readsHellos = false
  readonly #byFields = new WeakMap<readonly FieldDeclaration[], MessageRules>()

  constructor (rules: readonly Rule[], limits: readonly RateLimit[], book: RuleBook) {
    this.#rules = rules
    this.#limits = limits
    this.#book = book
    this.connect = this.#of('connect', [])
    this.tlsHello = this.#of('tls-hello', [])
    this.hello = this.#of('hello', [])
    this.request = this.#of('request', [])
    this.limits = {
      connect: this.#limitsOf('connect', []),
      hello: this.#limitsOf('hello', []),
      request: this.#limitsOf('request', [])
    }
    this.#read([])
  }

  /** True if TLS hellos are to be read for them. */
  get wantsHellos (): boolean { return this.tlsHello !== undefined || this.#readsHellos }

  /**
   * Returns the rules of messages where a version of an extension runs. Rules of fields that it does not have are left
   * out.
   */
  of ({ fields, client, server }: Facts): MessageRules {
    const before = this.#byFields.get(fields)
    if (before !== undefined) return before
    const read = this.#read(fields)
    const rules = {
      first: this.#of('first-message', fields),
      message: this.#of('message', fields),
      reply: this.#of('reply', fields),
      limits: this.#messageLimits(fields),
      fields: read,
      wide: { client: isWideFor(client, read), server: isWideFor(server, read) }
    }
    this.#byFields.set(fields, rules)
    return rules
  }

  /**
   * What an extension's guest is told of them; undefined: nothing of theirs concerns it. Decisions about messages name
   * the client, and what its message is about.
   */
  infoFor (declaration: Facts): RulesDescription | undefined {
    const { first, message, reply, limits, fields } = this.of(declaration)
    const replies = reply !== undefined || limits.reply.length > 0
    const messages = message !== undefined || replies || limits.message.length > 0 || limits.paces.length > 0
    if (!messages && first === undefined && limits.first.length === 0 && fields.length === 0) return undefined
    const named = declaration.fields.filter(({ role }) => role === 'client-id' || (role === 'topic' && messages)).map((
      { name }
    ) => name)
    const tolerant = !replies && limits.message.length === 0 && limits.paces.length === 0 &&
      !this.#isStrict(declaration.fields)
    return {
      messages,
      replies,
      limits: limits.message.length > 0,
      fields: [...new Set([...fields, ...named])],
      tolerant
    }
  }

  /** A rule of the operator looks at messages: one that cannot be read would pass it unseen. */
  #isStrict (declared: readonly FieldDeclaration[]): boolean {
    return this.#rules.some(rule => {
      if (isManaged(rule)) return false
      const outcome = checkedRule(rule, this.#book.lists, declared)
      return outcome.ok && isBefore('first-message', phaseFor(rule, outcome.value.earliest))
    })
  }

  #of (phase: RulePhase, declared: readonly FieldDeclaration[]): ActiveRules | undefined {
    const { lists, geo, statsOf, controlOf } = this.#book
    const readers = readersFor(declared)
    const sources: RuleSource<RuleSubject>[] = []
    const added = new Map<
      string,
      Pick<
        ActiveRule,
        'control' | 'floodControl' | 'detail' | 'response' | 'refusal' | 'messagesPerSecond' | 'banSeconds' | 'values'
      >
    >()
    for (const rule of this.#rules) {
      const outcome = checkedRule(rule, lists, declared)
      if (
        !outcome.ok || phaseFor(rule, outcome.value.earliest) !== phase || !fitsGeo(outcome.value.checked.fields, geo)
      ) continue
      const { name, action, priority, state, response, refusal, floodControl, messagesPerSecond, banSeconds } = rule
      const origin = managedOriginOf(rule)
      added.set(name, {
        control: controlOf(rule),
        detail: origin && { found: origin.text, source: origin.source },
        floodControl,
        response,
        refusal,
        messagesPerSecond,
        banSeconds,
        values: valuesReader(lookedAt(outcome.value.checked.test), readers, declared)
      })
      sources.push({ name, action, priority, simulated: state === 'simulated', expression: outcome.value.compiled })
    }
    if (sources.length === 0) return undefined
    return new RuleSet(
      sources,
      readers,
      (rule): ActiveRule => ({ ...rule, ...added.get(rule.name)!, phase, stats: statsOf(rule.name) })
    )
  }

  #limitsOf (phase: RulePhase, declared: readonly FieldDeclaration[]): readonly ActiveLimit[] {
    return this.#book.limitBook.of(this.#limits, phase, this.#book.lists, this.#book.geo, declared)
  }

  #messageLimits (declared: readonly FieldDeclaration[]): MessageLimits {
    const first = this.#limitsOf('first-message', declared)
    const all = this.#limitsOf('message', declared)
    return {
      first,
      message: all.filter(({ action }) => action !== 'throttle'),
      paces: all.filter(({ action }) => action === 'throttle'),
      reply: [...first, ...all].filter(({ countsReplies }) => countsReplies)
    }
  }

  #read (declared: readonly FieldDeclaration[]): string[] {
    const names = new Set(this.#rules.flatMap(rule => {
      const outcome = checkedRule(rule, this.#book.lists, declared)
      return outcome.ok ? outcome.value.checked.fields : []
    }))
    for (const name of limitFields(this.#limits, this.#book.lists, declared)) names.add(name)
    for (const name of names) if (isOfHello(name)) this.#readsHellos = true
    return declared.flatMap(({ name }) => names.has(name) ? [name] : [])
  }
}

const isActive = ({ state }: Rule | RateLimit): boolean => state === 'enabled' || state === 'simulated'

/** What a configuration has that becomes rules and rate limits. */
export interface RuleConfig {
  readonly rules: readonly Rule[]
  readonly managedChecks: readonly ManagedCheck[]
  readonly rateLimits: readonly RateLimit[]
}

/**
 * The rules and rate limits of a configuration, by user vserver; behind the operator's rules those of managed checks.
 */
export class RuleBook {
  readonly lists: NamedLists
  readonly geo: KnownPlaces
  readonly statsOf: (rule: string) => RuleStats
  readonly controlOf: (rule: Rule) => Control
  readonly limitBook: LimitBook
  readonly #rules: readonly Rule[]
  readonly #managed: readonly ManagedCheck[]
  readonly #limits: readonly RateLimit[]
  /** By the names of their rules and rate limits. */
  readonly #made = new Map<string, VserverRules>()

  /**
   * `geo`: rules that need what nobody knows are left out. `statsOf`, `controlOf`: the counters of a rule, and what
   * reports its decisions; they stay the same from one revision to the next.
   */
  constructor (
    { rules, managedChecks, rateLimits }: RuleConfig,
    limitBook: LimitBook,
    lists: NamedLists,
    geo: KnownPlaces,
    statsOf: (rule: string) => RuleStats,
    controlOf: (rule: Rule) => Control
  ) {
    this.#rules = rules.filter(isActive)
    this.#managed = managedChecks
    this.#limits = rateLimits.filter(isActive)
    this.limitBook = limitBook
    this.lists = lists
    this.geo = { hasCountries: geo.hasCountries, hasAsns: geo.hasAsns }
    this.statsOf = statsOf
    this.controlOf = controlOf
  }

  /** Returns the rules of a user vserver; undefined: none apply to it. */
  of ({ name, floods: { off } }: UserVserver): VserverRules | undefined {
    const isOn = ({ floodControl }: Rule | RateLimit): boolean =>
      floodControl === undefined || !off.includes(floodControl)
    const isBound = (each: Rule | RateLimit): boolean =>
      isOn(each) && (each.vservers.length === 0 || each.vservers.includes(name))
    const rules = [
      ...this.#rules.filter(isBound),
      ...managedChecksOf(this.#managed, name).flatMap(managedRules).filter(isOn)
    ]
    const limits = this.#limits.filter(isBound)
    if (rules.length === 0 && limits.length === 0) return undefined
    const key = [...rules.map(rule => rule.name), '', ...limits.map(limit => limit.name)].join('\n')
    const made = this.#made.get(key) ?? new VserverRules(rules, limits, this)
    this.#made.set(key, made)
    return made
  }
}
