// Rules for publishing and subscribing. The first match decides; without one, the default does.
import { globMatches } from './glob.ts'
import { covers, overlap, subscribedLevels, type Levels } from './topic-filter.ts'

/** A rule as the operator writes it. */
export interface TopicRule {
  readonly effect: 'allow' | 'deny'
  readonly on: 'publish' | 'subscribe' | 'both'
  /** Topic filter, validated by checkParams; `%c` stands for the client ID, `%u` for the user name. */
  readonly topic: string
  /** Patterns with `*` and `?`. A client without a user name has the empty one. */
  readonly clientId: string
  readonly userName: string
}

/** The client's own ID and user name. */
export interface Identity { readonly clientId: string, readonly userName: string }

interface Compiled { readonly allow: boolean, readonly levels: Levels }

/** The rules that are about one client, in order. */
export class ClientRules {
  readonly #publish: readonly Compiled[]
  readonly #subscribe: readonly Compiled[]
  readonly #otherwise: boolean

  constructor (publish: readonly Compiled[], subscribe: readonly Compiled[], otherwise: boolean) {
    this.#publish = publish
    this.#subscribe = subscribe
    this.#otherwise = otherwise
  }

  mayPublish (topic: string): boolean {
    const levels = topic.split('/')
    for (const rule of this.#publish) if (covers(rule.levels, levels)) return rule.allow
    return this.#otherwise
  }

  /**
   * An allow rule has to cover the whole filter. A deny rule is met by a filter that only overlaps it, or `#` would be
   * the way round it. Undefined: the filter is not well formed.
   */
  maySubscribe (filter: string): boolean | undefined {
    const levels = subscribedLevels(filter)
    if (levels === undefined) return undefined
    for (const rule of this.#subscribe)
      if (rule.allow ? covers(rule.levels, levels) : overlap(rule.levels, levels)) return rule.allow
    return this.#otherwise
  }
}

/** True for a name that is literal in a filter: inserted into a rule, `#` would match every topic. */
const isPlain = (name: string): boolean => !/[#+/]/.test(name)

/** The rules of one user vserver. */
export class TopicRules {
  readonly #rules: readonly TopicRule[]
  readonly #otherwise: boolean

  constructor (rules: readonly TopicRule[], otherwise: 'allow' | 'deny') {
    this.#rules = rules
    this.#otherwise = otherwise === 'allow'
  }

  /**
   * The rules for one client; undefined when a rule names it by an ID or user name that has a meaning in filters, and
   * cannot be kept.
   */
  forClient (who: Identity): ClientRules | undefined {
    const publish: Compiled[] = []
    const subscribe: Compiled[] = []
    for (const { effect, on, topic, clientId, userName } of this.#rules) {
      if (!globMatches(clientId, who.clientId) || !globMatches(userName, who.userName)) continue
      const id = topic.includes('%c')
      const user = topic.includes('%u')
      // It speaks of a name that this client has not.
      if (id && who.clientId === '' || user && who.userName === '') continue
      if (id && !isPlain(who.clientId) || user && !isPlain(who.userName)) return undefined
      const levels = topic.split('/').map(level =>
        level.replaceAll('%c', () => who.clientId).replaceAll('%u', () => who.userName)
      )
      const rule = { allow: effect === 'allow', levels }
      if (on !== 'subscribe') publish.push(rule)
      if (on !== 'publish') subscribe.push(rule)
    }
    return new ClientRules(publish, subscribe, this.#otherwise)
  }
}
