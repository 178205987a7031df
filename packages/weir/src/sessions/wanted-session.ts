import { isIP } from 'node:net'
import { networkKey, pinningOf, textToKey } from '@weirlb/engine'
import {
  affinityOf,
  describeChoices,
  describeValue,
  MAX_ISSUES,
  persistenceTypes,
  sessionTable,
  tableParts,
  typesOf,
  WeirError,
  type Config,
  type Issue,
  type Persistence,
  type PersistenceType
} from '@weirlb/model'
import type { WantedSession } from '../data-plane.ts'

/** A persistence entry to set. */
export interface SessionInput {
  /** LB vserver; for the affinity of a GLB `glb/` and its name. */
  readonly lbVserver: string
  /** Default: the first type of persistence there. */
  readonly type?: PersistenceType | undefined
  /** As the list shows it. */
  readonly key: string
  /** A service that is bound to the LB vserver, or a pool of the GLB. */
  readonly service: string
}

/** Longest key that is taken, in characters, and the longest name. */
const MAX_KEY = 4096
const MAX_NAME = 256
/** Fields of an entry. The last two are those of the list, and are not read: what was exported can be imported. */
const known: ReadonlySet<string> = new Set(['lbVserver', 'type', 'key', 'service', 'connections', 'expiresInSeconds'])
const DIGEST_BYTES = 32
const COOKIE_BYTES = 12

interface Fault { readonly field: string, readonly message: string }
const fault = (field: string, message: string): Fault => ({ field, message })

/** Checks entries against a configuration, and makes of them what session tables take. */
export class SessionChecker {
  /** By LB vserver, or GLB as its affinity is named. */
  readonly #persistences: ReadonlyMap<string, Persistence>
  /** The services of each table. */
  readonly #tables: ReadonlyMap<string, ReadonlySet<string>>
  /** Where each entry was found, by table and key. */
  readonly #seen = new Map<string, string>()
  readonly issues: Issue[] = []

  constructor (config: Config) {
    this.#persistences = new Map([
      ...config.lbVservers.map(lb => [lb.name, lb.persistence] as const),
      ...config.glbs.map(glb => [affinityOf(glb.name), glb.affinity] as const)
    ])
    this.#tables = new Map(
      pinningOf(config).map(({ name, services }) => [name, new Set(services.map(each => each.name))])
    )
  }

  /** Returns the entry; undefined if it has a fault, which is then among the issues. `place`: for people. */
  check (input: unknown, place: string): WantedSession | undefined {
    const wanted = this.#check(input)
    const id = 'table' in wanted ? JSON.stringify([wanted.table, wanted.key]) : ''
    const before = this.#seen.get(id)
    const found = !('table' in wanted)
      ? wanted
      : before !== undefined
      ? fault('key', `${before} sets this entry already`)
      : undefined
    if (found === undefined && 'table' in wanted) {
      this.#seen.set(id, place)
      return wanted
    }
    const { field, message } = found!
    if (this.issues.length < MAX_ISSUES) this.issues.push({ path: [place, field].filter(Boolean).join('.'), message })
    return undefined
  }

  #check (input: unknown): WantedSession | Fault {
    if (typeof input !== 'object' || input === null || Array.isArray(input))
      return fault('', `expected an object; got ${describeValue(input)}`)
    const { lbVserver, type, key, service } = input as Readonly<Record<string, unknown>>
    const unknown = Object.keys(input).find(field => !known.has(field))
    if (unknown !== undefined)
      return fault('', `unknown field ${describeValue(unknown)}; there are: ${describeChoices([...known])}`)
    for (const [field, value] of [['lbVserver', lbVserver], ['key', key], ['service', service]] as const) {
      if (typeof value !== 'string' || value === '')
        return fault(field, value === undefined ? 'missing' : `expected text; got ${describeValue(value)}`)
      const most = field === 'key' ? MAX_KEY : MAX_NAME
      if (value.length > most) return fault(field, `must have at most ${most} characters; got ${value.length}`)
    }
    return this.#entry(lbVserver as string, type, key as string, service as string)
  }

  #entry (lbVserver: string, type: unknown, key: string, service: string): WantedSession | Fault {
    const persistence = this.#persistences.get(lbVserver)
    if (persistence === undefined)
      return fault(
        'lbVserver',
        `no LB vserver '${lbVserver}'; there are: ${describeChoices([...this.#persistences.keys()])}`
      )
    const types = typesOf(persistence).filter(each => this.#tables.has(sessionTable(lbVserver, each)))
    const wanted = type === undefined ? types[0] : types.find(each => each === type)
    if (wanted === undefined) {
      if (type !== undefined && !persistenceTypes.some(each => each === type))
        return fault('type', `expected one of ${describeChoices(persistenceTypes)}; got ${describeValue(type)}`)
      return fault(
        type === undefined ? 'lbVserver' : 'type',
        types.length === 0
          ? `'${lbVserver}' keeps no entries: its persistence is ${whatOf(persistence)}`
          : `'${lbVserver}' has no entries of this type; there are: ${describeChoices(types)}`
      )
    }
    if (persistence.timeoutSeconds === 0)
      return fault('lbVserver', `'${lbVserver}' keeps entries only while clients hold them: its timeoutSeconds is 0`)
    const table = sessionTable(lbVserver, wanted)
    const services = this.#tables.get(table)!
    if (!services.has(service))
      return fault(
        'service',
        `'${service}' is not bound to '${lbVserver}'; there are: ${describeChoices([...services])}`
      )
    const stored = storedForm(wanted, key, persistence)
    return typeof stored === 'string'
      ? { table, key: stored, service, ttlMs: persistence.timeoutSeconds * 1000 }
      : stored
  }
}

const whatOf = (persistence: Persistence): string =>
  persistence.type === 'none' ? '"none"' : `"${persistence.type}" of requests, whose cookie names the service`

/** Returns the stored form of a key, or its fault. */
const storedForm = (type: PersistenceType, key: string, persistence: Persistence): string | Fault => {
  if (type === 'source-ip') return networkForm(key, persistence)
  const stored = textToKey(key)
  const bytes = type === 'cookie'
    ? COOKIE_BYTES
    : type === 'ssl-session' || (type === 'rule' && persistence.rule!.header !== undefined)
    ? DIGEST_BYTES
    : undefined
  return bytes === undefined || stored.length === bytes
    ? stored
    : fault('key', `keys of type "${type}" have ${bytes} bytes here, as hex:…; got ${describeValue(key)}`)
}

const networkForm = (key: string, { sourceIp }: Persistence): string | Fault => {
  const { ipv4Prefix = 32, ipv6Prefix = 128 } = sourceIp ?? {}
  const [address = '', prefix, ...more] = key.split('/')
  const family = isIP(address)
  const wanted = family === 4 ? ipv4Prefix : ipv6Prefix
  if (family === 0 || address.includes('%') || more.length > 0 || (prefix !== undefined && prefix !== String(wanted))) {
    return fault(
      'key',
      `expected an IPv4 address or its /${ipv4Prefix} network, or an IPv6 address or its /${ipv6Prefix} network; got ${
        describeValue(key)
      }`
    )
  }
  return networkKey(address, ipv4Prefix, ipv6Prefix)!
}

/** Returns the error for entries of which none was set. */
export const sessionsRefused = (issues: readonly Issue[]): WeirError => {
  const { path, message } = issues[0]!
  return new WeirError(
    'session-invalid',
    `${path === '' ? '' : `${path}: `}${message}${
      issues.length === 1 ? '' : ` (and ${issues.length - 1} more)`
    }; nothing was set`,
    { issues }
  )
}

/** Names a table for people. */
export const tableText = (table: string): string => {
  const { balancer, type } = tableParts(table)
  return `'${balancer}' by ${type}`
}
