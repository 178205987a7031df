import { checkConfig, checkProbes, checkServerTls, emptyConfig, emptyRecord, equal, parseConfig, recordFrom, WeirError, type Config } from '@weirlb/model'
import { noChallenges, type CertkeyContents, type ChallengeAnswers } from '@weirlb/link'
import type { Declaration } from '@weirlb/sdk/abi'
import { asWeirError } from '../as-weir-error.ts'
import type { DataPlane, ListeningPorts } from '../data-plane.ts'
import type { Storage } from '../storage/storage.ts'
import type { AddedMethods } from './added-methods.ts'
import type { Bundler } from './bundler.ts'
import { readCertkeys, sameContents, type IssuedFor, type KnownCertkeys } from './certkey-reader.ts'
import type { Histories } from '../storage/extension-history.ts'
import { nextHistories, type Turn } from './extension-history.ts'
import { membershipOf, noMembership, sameMembership, type KnownNames, type Membership } from './membership.ts'
import { keepKeys } from './private-keys.ts'
import { Turns } from './turns.ts'

/** The configuration that runs, and what it became. */
export interface Revision {
  readonly number: number
  readonly config: Config
  /** The servers that it stands for. */
  readonly membership: Membership
  readonly ticketSecret: string
  /** Answers to authorities that validate host names. */
  readonly challenges: ChallengeAnswers
  /** Its certkeys with what they hold. */
  readonly certkeys: KnownCertkeys
  readonly histories: Histories
  readonly declarations: Readonly<Record<string, Declaration>>
  readonly ports: ListeningPorts
}

/** The part of a configuration that comes from authorities. */
export interface Ordered {
  readonly issuedFor: IssuedFor
  /** Answers to authorities that validate host names now. */
  readonly challenges: ChallengeAnswers
}

/** Looks up the host names of servers. */
export interface NameLookups extends KnownNames {
  /** Look up the names of a configuration that are not known yet. Resolves when they are, or after a moment. */
  prepare (config: Config): Promise<void>
  /** Forget the names that a configuration does not have. */
  keepOnly (config: Config): void
}

export interface RevisionsOptions {
  readonly plane: DataPlane
  readonly storage: Storage
  readonly bundler: Bundler
  readonly methods: AddedMethods
  /** The secret of TLS tickets now. */
  readonly ticketSecret: () => string
  /** The secret of affinity cookies. */
  readonly cookieSecret: () => string
  readonly ordered: Ordered
  readonly names: NameLookups
  /** Called after every commit, before the change's caller gets its result. */
  readonly onCommitted: (revision: Revision) => void
}

/**
 * The only way to change the configuration. Changes run one after another; each one is
 *
 *     edit → private keys → references → certkeys' files → bundle → prepare on every worker → types → save → commit
 *
 * A failure at any step leaves the running and the saved revision unchanged. A prepared revision cannot fail to
 * commit, so the saved revision is the running one.
 */
export class Revisions {
  readonly #options: RevisionsOptions
  readonly #turns = new Turns()
  #current: Revision = { number: 0, config: emptyConfig(), membership: noMembership, ticketSecret: '', challenges: noChallenges, certkeys: new Map(), histories: {}, declarations: {}, ports: {} }

  constructor (options: RevisionsOptions) {
    this.#options = options
  }

  get current (): Revision { return this.#current }

  /** Run the saved configuration, or the given one instead. Returns which it was. */
  async begin (given: unknown): Promise<'saved' | 'given' | 'given in place of the saved one' | 'empty'> {
    return await this.#turns.take(async () => {
      const saved = await this.#options.storage.load()
      const present = saved === undefined ? emptyConfig() : parseConfig(saved.config)
      const number = saved?.revision ?? 0
      // A configuration saved without histories, or not at all, is the first.
      const histories = nextHistories({}, emptyConfig(), present, new Date().toISOString())
      this.#current = { ...this.#current, config: present, histories: recordFrom([...Object.entries(histories), ...Object.entries(saved?.extensions ?? {})]) }
      if (given === undefined) {
        await this.#run(number, this.#checked(present, present), await this.#started(present), false)
        return saved === undefined ? 'empty' : 'saved'
      }
      const next = this.#checked(present, parseConfig(given))
      const same = saved !== undefined && equal(present, next)
      await this.#run(same ? number : number + 1, next, await this.#started(next), !same)
      return saved === undefined || same ? 'given' : 'given in place of the saved one'
    })
  }

  /**
   * Change the configuration. `edit` receives the running one and returns the new one; `turn` describes a change that
   * its result does not show.
   */
  async change (edit: (config: Config, histories: Histories) => Config, turn?: Turn): Promise<Revision> {
    return await this.#turns.take(async () => {
      const { config, histories, number } = this.#current
      const next = this.#checked(config, edit(config, histories))
      const certkeys = await readCertkeys(next.certkeys, this.#current.certkeys, Date.now(), this.#options.ordered.issuedFor)
      const same = equal(config, next)
      const types = this.#types(next)
      if (same && sameContents(certkeys, this.#current.certkeys)) this.#current = { ...this.#current, certkeys }
      else await this.#run(same ? number : number + 1, next, certkeys, !same, turn, types)
      return this.#current
    })
  }

  /**
   * Read the files of certkeys again, and run with what is new in them, with what authorities have issued, with the answers to them, with the present
   * secret of tickets, and with the present addresses of host names: the same revision, with other secrets and servers.
   */
  async refresh (): Promise<void> {
    await this.#turns.take(async () => {
      const { config, number, certkeys: before, ticketSecret, challenges, membership } = this.#current
      const { ordered } = this.#options
      const certkeys = await readCertkeys(config.certkeys, before, Date.now(), ordered.issuedFor)
      const sameServers = sameMembership(membership, this.#membershipOf(config))
      if (sameServers && sameContents(before, certkeys) && ticketSecret === this.#options.ticketSecret() && equal(challenges, ordered.challenges)) this.#current = { ...this.#current, certkeys }
      else await this.#run(number, config, certkeys, false)
    })
  }

  /** All that a change checks short of binding ports. */
  async check (wanted: Config): Promise<void> {
    const { config, histories } = this.#current
    const next = this.#checked(config, wanted)
    await readCertkeys(next.certkeys, this.#current.certkeys, Date.now(), this.#options.ordered.issuedFor)
    const types = this.#types(next)
    const extensions = await this.#options.bundler.extensions(next, nextHistories(histories, config, next, new Date().toISOString()))
    const declared = emptyRecord<Declaration>()
    for (const { name, bundle, canary } of extensions) {
      declared[name] = await this.#options.plane.validate(bundle)
      if (canary !== undefined) await this.#options.plane.validate(canary.bundle)
    }
    checkProbes(next, declared)
    checkGroups(next, declared)
    await types
  }

  /** Run something when no change is under way; changes that come later wait for it. */
  async between<T> (run: () => Promise<T>): Promise<T> { return await this.#turns.take(run) }

  #checked (present: Config, next: Config): Config {
    const complete = keepKeys(present, next)
    checkConfig(complete, this.#options.methods.names)
    return complete
  }

  /** Check the types of new code, beside the steps of a change before it is saved. What a start brings back is not checked. */
  #types (next: Config): Promise<void> {
    const types = this.#options.bundler.newTypes(this.#current.config, next, this.#current.histories)
    // An earlier step may fail: its error is the change's.
    types.catch(() => {})
    return types
  }

  /**
   * A certificate that expired while Weir was stopped does not prevent the start: others may be valid, and it is
   * reported.
   */
  async #started (config: Config): Promise<KnownCertkeys> { return await readCertkeys(config.certkeys, new Map(), undefined, this.#options.ordered.issuedFor) }

  #membershipOf (config: Config): Membership { return membershipOf(config, this.#options.names, this.#current.membership, Date.now()) }

  async #run (number: number, config: Config, certkeys: KnownCertkeys, save: boolean, turn?: Turn, types?: Promise<void>): Promise<void> {
    try {
      await this.#runNow(number, config, certkeys, save, turn, types)
    } catch (error) {
      this.#options.names.keepOnly(this.#current.config)
      throw error
    }
  }

  async #runNow (number: number, config: Config, certkeys: KnownCertkeys, save: boolean, turn: Turn | undefined, types: Promise<void> | undefined): Promise<void> {
    const { plane, storage, bundler, onCommitted } = this.#options
    const now = new Date().toISOString()
    const histories = nextHistories(this.#current.histories, this.#current.config, config, now, turn)
    const ticketSecret = this.#options.ticketSecret()
    const { challenges } = this.#options.ordered
    const extensions = await bundler.extensions(config, histories)
    await this.#options.names.prepare(config)
    const membership = this.#membershipOf(config)
    const { services, lbVservers } = membership
    const { serviceGroups: _, ...rest } = config
    const prepared = await plane.prepare({ ...rest, services, lbVservers, revision: number, extensions, certkeys: contentsOf(certkeys), ticketSecret, cookieSecret: this.#options.cookieSecret(), challenges }).catch(error => { throw asWeirError(error, 'apply-failed') })
    try {
      checkGroups(config, prepared.declarations)
      await types
      if (save) await storage.save({ revision: number, savedAt: now, config, extensions: histories })
    } catch (error) {
      await prepared.abort()
      throw asWeirError(error, 'storage-failed')
    }
    await prepared.commit()
    this.#current = { number, config, membership, ticketSecret, challenges, certkeys, histories, declarations: prepared.declarations, ports: prepared.ports }
    bundler.keepOnly(config.extensions)
    onCommitted(this.#current)
  }
}

/** What only loaded extensions show of service groups. Throws `probe-absent` or `config-invalid`. */
const checkGroups = (config: Config, declared: Readonly<Record<string, Declaration>>): void => {
  if (config.serviceGroups.length === 0) return
  checkProbes(config, declared)
  checkServerTls({ ...config, services: [...config.services, ...config.serviceGroups] }, declared)
}

/** Returns the contents of certkeys, in the order of the configuration. */
export const contentsOf = (certkeys: KnownCertkeys): CertkeyContents[] => [...certkeys.values()].map(({ contents }) => contents)

/** Returns the error of writes before `start` and after `stop`. */
export const notRunning = (): WeirError => new WeirError('worker-unavailable', 'Weir is not running: call start() first', { retry: true })
