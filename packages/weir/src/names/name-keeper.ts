import { canonicalHost, hasMembers, ipFamily, lookUp, recordFrom, type Config } from '@weirlb/model'
import type { Log } from '@weirlb/engine'
import type { KnownNames, Membership, NamedAddress } from '../config/membership.ts'
import type { NameLookups } from '../config/revisions.ts'
import type { Events } from '../events.ts'
import type { NameArchive, SavedNames } from '../storage/name-archive.ts'
import { AtMost } from './at-most.ts'
import { DnsLookup } from './dns-lookup.ts'
import { Leavers } from './leavers.ts'
import { memberChanges } from './member-changes.ts'
import type { NameStatus } from './name-status.ts'
import { usualPace, type Pace } from './pace.ts'
import { WatchedName, type NameMeans } from './watched-name.ts'

/** Look-ups at a time. */
const AT_ONCE = 32
/** After this the workers are given again what they did not take. */
const RETRY_APPLY_MS = 10_000

export interface NameKeeperOptions {
  /** DNS servers as `IP` or `IP:PORT`; undefined: those of the system. */
  readonly servers: readonly string[] | undefined
  /** Undefined: addresses are looked up anew after a restart. */
  readonly archive: NameArchive | undefined
  readonly events: Events
  readonly log: Log
  /** Default: `usualPace`. */
  readonly pace?: Partial<Pace>
}

/** Gives the workers what is known here now. */
export interface NameApply {
  apply (): Promise<void>
  /** Open connections by service. */
  connections (): Promise<(service: string) => number>
}

/**
 * Follows the host names of services and service groups: in the control process alone, however many workers there are.
 *
 *   configuration ──► watched names ──► addresses ──► apply ──► members join and leave ──► those without clients end
 */
export class NameKeeper implements KnownNames, NameLookups {
  readonly #options: NameKeeperOptions
  readonly #pace: Pace
  readonly #lookup: DnsLookup
  readonly #means: NameMeans
  readonly #turns = new AtMost(AT_ONCE)
  readonly #names = new Map<string, WatchedName>()
  readonly #leavers: Leavers
  #saved: SavedNames = {}
  #membership: Membership | undefined
  /** The host name of each server that has one. */
  #hosts: ReadonlyMap<string, string> = new Map()
  #apply: NameApply | undefined
  #timer: NodeJS.Timeout | undefined
  #applying: Promise<void> | undefined
  #dirty = false
  #unsaved = false
  #saving: Promise<void> = Promise.resolve()
  #stopped = false

  constructor (options: NameKeeperOptions) {
    this.#options = options
    this.#pace = { ...usualPace, ...options.pace }
    this.#lookup = new DnsLookup(options.servers, this.#pace)
    this.#means = this.#makeMeans()
    this.#leavers = new Leavers(() => { this.#applySoon(this.#pace.applyMs) })
  }

  /** Read the last known addresses. Those that cannot be read are looked up, and prevent nothing. */
  async restore (): Promise<void> {
    try {
      this.#saved = await this.#options.archive?.load() ?? {}
    } catch (error) {
      this.#options.log.warn({ error: (error as Error).message }, 'the addresses of host names were not restored')
    }
  }

  /** Look up the names of a configuration that are not known yet. Resolves with the answers, or after two seconds. */
  async prepare (config: Config): Promise<void> {
    const first = [...namesOf(config)].map(([name, members]) => ({ watched: this.#watch(name), members }))
    const awaited = first.filter(({ watched, members }) => members && watched.addresses === undefined)
    if (awaited.length === 0) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => { timer = setTimeout(resolve, this.#pace.firstMs) })
    await Promise.race([late, Promise.all(awaited.map(async ({ watched }) => { await watched.first }))])
    clearTimeout(timer)
  }

  addressesOf (host: string): readonly NamedAddress[] | undefined {
    return this.#names.get(canonicalHost(host))?.addresses
  }
  hasLeft (member: string): boolean {
    return this.#leavers.hasLeft(member)
  }
  /** Undefined for a name that no running configuration has. */
  status (host: string): NameStatus | undefined { return this.#names.get(canonicalHost(host))?.status }

  /** These servers run from now on. */
  committed (config: Config, membership: Membership): void {
    this.keepOnly(config)
    const { events, log } = this.#options
    for (const change of memberChanges(this.#membership, membership)) {
      log.info(change, 'the members of a service changed')
      events.emit('members-changed', change)
    }
    this.#membership = membership
    const members = [...membership.members.values()].flat().map(({ service, from }) =>
      [service.name, canonicalHost(from)] as const
    )
    this.#hosts = new Map([
      ...config.services.map(({ name, address }) => [name, canonicalHost(address)] as const),
      ...members
    ])
    this.#leavers.committed(membership)
  }

  /** Forget the names that a configuration does not have. */
  keepOnly (config: Config): void {
    const wanted = namesOf(config)
    for (const [name, watched] of this.#names) {
      if (wanted.has(name)) continue
      watched.stop()
      this.#names.delete(name)
      this.#saveSoon()
    }
  }

  /** A dial to this server has failed: its name may have other addresses by now. */
  dialFailed (service: string): void {
    const host = this.#hosts.get(service)
    if (host !== undefined) this.#names.get(host)?.lookNow()
  }

  /** Begin to apply what changes. */
  start (apply: NameApply): void {
    this.#apply = apply
    this.#leavers.start(apply)
    if (this.#dirty) this.#applySoon(0)
    this.#saveSoon()
  }

  async stop (): Promise<void> {
    this.#stopped = true
    this.#apply = undefined
    clearTimeout(this.#timer)
    this.#leavers.stop()
    for (const watched of this.#names.values()) watched.stop()
    this.#lookup.stop()
    await this.#applying
    await this.#saving
  }

  /** Go on after `stop`, with the addresses that are known. `start` follows. */
  async goOn (config: Config): Promise<void> {
    this.#saved = this.#known
    this.#names.clear()
    this.#stopped = false
    this.#timer = undefined
    await this.prepare(config)
  }

  get #known (): SavedNames {
    return recordFrom(
      [...this.#names.values()].flatMap(({ name, addresses = [] }) =>
        addresses.length === 0 ? [] : [[name, addresses] as const]
      )
    )
  }

  #watch (name: string): WatchedName {
    let watched = this.#names.get(name)
    if (watched === undefined) {
      watched = new WatchedName(
        name,
        lookUp(this.#saved, name)?.map(({ address, host, port, weight, priority }) => ({
          address,
          host,
          port,
          weight,
          priority
        })),
        this.#means
      )
      this.#names.set(name, watched)
    }
    return watched
  }

  readonly #makeMeans = (): NameMeans => ({
    pace: this.#pace,
    ask: async (name: string) =>
      await this.#turns.take(async () =>
        this.#stopped ? { kind: 'failed' as const, reason: 'Weir stops' } : await this.#lookup.ask(name)
      ),
    onAddresses: () => {
      this.#dirty = true
      this.#applySoon(this.#pace.applyMs)
      this.#saveSoon()
    },
    onState: ({ status }: WatchedName) => {
      const { name, state, addresses, ignored, reason } = status
      const { events, log } = this.#options
      const known = { name, state, addresses, ignored, reason: reason ?? '' }
      if (state === 'resolved' && ignored === 0) log.info(known, 'a host name was resolved')
      else log.warn(
          known,
          ignored > 0 ? 'a host name has more addresses than are used' : 'a host name was not resolved'
        )
      events.emit('name-status', known)
    }
  })

  #applySoon (ms: number): void {
    if (this.#apply === undefined || this.#timer !== undefined || this.#applying !== undefined) {
      this.#dirty = true
      return
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#dirty = false
      this.#applying = this.#applyNow()
    }, ms).unref()
  }

  async #applyNow (): Promise<void> {
    let wait = this.#pace.applyMs
    try {
      await this.#apply?.apply()
    } catch (error) {
      this.#options.log.error(
        { error: (error as Error).message },
        'the workers did not take the addresses of host names; it is tried again'
      )
      this.#dirty = true
      wait = RETRY_APPLY_MS
    }
    this.#applying = undefined
    if (this.#dirty) this.#applySoon(wait)
  }

  /** The latest addresses, one write after the other. */
  #saveSoon (): void {
    const { archive, log } = this.#options
    if (archive === undefined || this.#unsaved || this.#apply === undefined) return
    this.#unsaved = true
    this.#saving = this.#saving.then(async () => {
      this.#unsaved = false
      this.#saved = this.#known
      await archive.save(this.#saved)
    }).catch((error: unknown) => {
      log.warn(
        { error: (error as Error).message },
        'the addresses of host names were not saved: they are looked up after a restart'
      )
    })
  }
}

/** Host names of servers, and whether the addresses of each are servers of their own. */
const namesOf = (config: Config): ReadonlyMap<string, boolean> => {
  const names = new Map<string, boolean>()
  const add = (address: string, all: boolean): void => {
    const name = canonicalHost(address)
    if (ipFamily(name) === undefined) names.set(name, all || names.get(name) === true)
  }
  for (const service of config.services) add(service.address, hasMembers(service))
  for (const { members } of config.serviceGroups)
    for (const { address, resolve } of members) add(address, resolve === 'all')
  return names
}
