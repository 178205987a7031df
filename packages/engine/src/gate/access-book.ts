import type { AccessAction, AccessRule, Lockdown, RuleResponse, UserAgentRule, UserVserver } from '@weirlb/model'
import { steadyClock } from '@weirlb/link'
import { parseIp } from '@weirlb/rules'
import type { Decisions } from '../decisions/decisions.ts'
import type { Geo } from '../geo/geo.ts'
import { AccessTable, ClientOrigin, SourceTable } from './access-table.ts'
import type { ListBook } from './named-lists.ts'
import { PathPattern, pathForms } from './path-forms.ts'
import { Refuser, type RefuserKind } from './refuser.ts'
import type { RuledRequest } from './rule-subject.ts'

/** The configuration of who may come in and ask for what. */
export interface AccessConfig {
  readonly accessRules: readonly AccessRule[]
  readonly lockdowns: readonly Lockdown[]
  readonly userAgentRules: readonly UserAgentRule[]
}

interface LockedPaths {
  readonly refuser: Refuser
  readonly patterns: readonly PathPattern[]
  readonly sources: SourceTable<true>
}
interface RefusedAgent {
  readonly refuser: Refuser
  readonly contains: string
}

/** Who may come in to a user vserver, and ask for what. User vservers with the same rules share them. */
export class VserverAccess {
  readonly #geo: Geo
  readonly #table: AccessTable<Refuser> | undefined
  readonly #locked: readonly LockedPaths[]
  readonly #agents: readonly RefusedAgent[]

  constructor ({ accessRules, lockdowns, userAgentRules }: AccessConfig, { lists, geo, refuserOf }: AccessBook) {
    this.#geo = geo
    this.#table = accessRules.length === 0
      ? undefined
      : new AccessTable(accessRules, lists, ({ name, action }) => refuserOf('access-rule', name, action, undefined))
    this.#locked = inOrder(lockdowns).map(({ name, paths, sources, response }) => ({
      refuser: refuserOf('lockdown', name, 'block', response),
      patterns: paths.map(path => new PathPattern(path)),
      sources: new SourceTable(sources.map(source => ({ source, value: true, until: Infinity })), lists)
    }))
    this.#agents = userAgentRules.map(({ name, contains, response }) => ({
      refuser: refuserOf('user-agent-rule', name, 'block', response),
      contains: contains.toLowerCase()
    }))
  }

  /** It has something to look at before a client's bytes. */
  get looksAtClients (): boolean { return this.#table !== undefined }
  /** It has something to look at in a request. */
  get looksAtRequests (): boolean { return this.#locked.length > 0 || this.#agents.length > 0 }

  /** Returns what refuses a client by its address; undefined: nothing does. */
  onClient (address: string): Refuser | undefined { return this.#decides(address, 'block') }

  /** Returns what has an HTTP client of this address prove itself; undefined: nothing does. */
  challenges (address: string): Refuser | undefined { return this.#decides(address, 'challenge') }

  /** Returns the access rule that decides about clients of an address, whatever it does; undefined: none does. */
  ruleOf (address: string): Refuser | undefined { return this.#table?.find(this.#originOf(address), steadyClock.now()) }

  #decides (address: string, action: AccessAction): Refuser | undefined {
    const found = this.ruleOf(address)
    return found?.action === action ? found : undefined
  }

  /** True if an access rule allows a client. */
  trusts (address: string): boolean { return this.#table?.trusts(this.#originOf(address), steadyClock.now()) === true }

  /** Returns what refuses a request by its path or its user agent; `address`: the client's. */
  onRequest (address: string, { host, path, headers }: RuledRequest): Refuser | undefined {
    if (!this.looksAtRequests || this.trusts(address)) return undefined
    const agent = this.#agents.length === 0 ? undefined : headers['user-agent']
    if (agent !== undefined) {
      const text = (typeof agent === 'string' ? agent : agent.join(' ')).toLowerCase()
      for (const { refuser, contains } of this.#agents) if (text.includes(contains)) return refuser
    }
    if (this.#locked.length === 0) return undefined
    const forms = pathForms(path)
    const locked = this.#locked.find(({ patterns }) => patterns.some(pattern => pattern.fits(host, forms)))
    return locked === undefined || locked.sources.find(this.#originOf(address), steadyClock.now()) === true
      ? undefined
      : locked.refuser
  }

  #originOf (address: string): ClientOrigin { return new ClientOrigin(address, parseIp(address), this.#geo) }
}

/** 0 is behind all others. */
const inOrder = (lockdowns: readonly Lockdown[]): Lockdown[] => {
  const place = ({ priority }: Lockdown): number => priority === 0 ? Number.MAX_SAFE_INTEGER : priority
  return [...lockdowns].sort((one, other) => place(one) - place(other))
}

interface Bound { readonly name: string, readonly state: string, readonly vservers: readonly string[] }

/** The access rules, lockdowns and user-agent rules of a configuration, by user vserver. */
export class AccessBook {
  readonly lists: ListBook
  readonly geo: Geo
  readonly #config: AccessConfig
  readonly #decisions: Decisions
  readonly #refusers = new Map<string, Refuser>()
  /** By the names of what is in them. */
  readonly #made = new Map<string, VserverAccess>()

  constructor (config: AccessConfig, lists: ListBook, geo: Geo, decisions: Decisions) {
    this.#config = config
    this.#decisions = decisions
    this.lists = lists
    this.geo = geo
  }

  readonly refuserOf = (
    kind: RefuserKind,
    name: string,
    action: AccessAction,
    response: RuleResponse | undefined
  ): Refuser => {
    const key = `${kind} ${name}`
    const known = this.#refusers.get(key) ??
      new Refuser(kind, name, action, response, this.#decisions.control(kind, name))
    this.#refusers.set(key, known)
    return known
  }

  /** Returns what a user vserver has of them; undefined: nothing. */
  of ({ name }: UserVserver): VserverAccess | undefined {
    const some = <T extends Bound>(all: readonly T[]): T[] =>
      all.filter(({ state, vservers }) => state === 'enabled' && (vservers.length === 0 || vservers.includes(name)))
    const config = {
      accessRules: some(this.#config.accessRules),
      lockdowns: some(this.#config.lockdowns),
      userAgentRules: some(this.#config.userAgentRules)
    }
    const key = Object.values(config).map(list => list.map(each => each.name).join(' ')).join('\n')
    if (key === '\n\n') return undefined
    const made = this.#made.get(key) ?? new VserverAccess(config, this)
    this.#made.set(key, made)
    return made
  }
}
