import {
  checkConfig,
  checkProbes,
  checkServerTls,
  emptyConfig,
  equal,
  parseConfig,
  recordFrom,
  summarize,
  WeirError,
  type Config,
  type RevisionAuthor
} from '@weirlb/model'
import { noChallenges, steadyClock, type CertkeyContents, type ChallengeAnswers } from '@weirlb/link'
import { checkDeclared, checkProbeParams } from '@weirlb/engine'
import type { Declaration } from '@weirlb/sdk/abi'
import { asWeirError } from '../as-weir-error.ts'
import type { DataPlane, ListeningPorts } from '../data-plane.ts'
import type { SavedRevision, Storage } from '../storage/storage.ts'
import type { AddedMethods } from './added-methods.ts'
import { followerNow } from './applied-changes.ts'
import type { Bundler } from './bundler.ts'
import { readCertkeys, sameContents, type IssuedFor, type KnownCertkeys } from './certkey-reader.ts'
import { declaredVersions, placedError } from './declared-versions.ts'
import { geoFilesOf, type KnownGeo, noKnownGeo, readGeo, sameGeo } from './geo-files.ts'
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
  /** Its geo databases, and what was found in their files. */
  readonly geo: KnownGeo
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

/** What is known of a change beside its result. */
export interface Origin {
  /** Describes what the result does not show. */
  readonly turn?: Turn | undefined
  readonly author: RevisionAuthor
  /** The revision that it restores. */
  readonly rollbackTo?: number | undefined
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
  #current: Revision = {
    number: 0,
    config: emptyConfig(),
    membership: noMembership,
    ticketSecret: '',
    challenges: noChallenges,
    certkeys: new Map(),
    geo: noKnownGeo,
    histories: {},
    declarations: {},
    ports: {}
  }

  constructor (options: RevisionsOptions) {
    this.#options = options
  }

  get current (): Revision { return this.#current }

  /** Run the saved configuration, or the given one instead. Returns which it was. */
  async begin (given: unknown, author: RevisionAuthor): Promise<'saved' | 'given' | 'given in place of the saved one' | 'empty'> {
    const onApplied = followerNow()
    return await this.#turns.take(async () => {
      const saved = await this.#options.storage.load()
      const present = saved === undefined ? emptyConfig() : parseConfig(saved.config)
      const number = saved?.revision ?? 0
      this.#current = { ...this.#current, config: present, histories: historiesOf(saved, present) }
      if (given === undefined) {
        await this.#run(number, this.#checked(present, present), await this.#started(present), await readGeo(present, noKnownGeo, true), undefined)
        return saved === undefined ? 'empty' : 'saved'
      }
      const next = this.#checked(present, parseConfig(given))
      const same = saved !== undefined && equal(present, next)
      await this.#run(same ? number : number + 1, next, await this.#started(next), await readGeo(next, noKnownGeo, same), same ? undefined : { author })
      if (saved === undefined || same) return 'given'
      onApplied?.({ revision: number + 1, before: present, after: next })
      return 'given in place of the saved one'
    })
  }

  /**
   * Change the configuration. `edit` receives the running one and returns the new one; `origin` describes what that
   * does not show.
   */
  async change (edit: (config: Config, histories: Histories) => Config | Promise<Config>, origin: Origin): Promise<Revision> {
    return await this.#turns.take(async () => {
      const { config, histories, number } = this.#current
      const next = this.#checked(config, await edit(config, histories))
      const certkeys = await readCertkeys(next.certkeys, this.#current.certkeys, Date.now(), this.#options.ordered.issuedFor)
      const geo = await readGeo(next, this.#current.geo)
      const same = equal(config, next)
      const types = this.#types(next)
      if (same && sameContents(certkeys, this.#current.certkeys) && sameGeo(geo, this.#current.geo))
        this.#current = { ...this.#current, certkeys, geo }
      else await this.#run(same ? number : number + 1, next, certkeys, geo, same ? undefined : origin, types)
      return this.#current
    })
  }

  /**
   * Read the files of certkeys again, and run with what is new in them, with what authorities have issued, with the
   * answers to them, with the present secret of tickets, and with the present addresses of host names: the same
   * revision, with other secrets and servers.
   */
  async refresh (): Promise<void> {
    await this.#turns.take(async () => {
      const { config, number, certkeys: before, geo: geoBefore, ticketSecret, challenges, membership } = this.#current
      const { ordered } = this.#options
      const certkeys = await readCertkeys(config.certkeys, before, Date.now(), ordered.issuedFor)
      const geo = await readGeo(config, geoBefore)
      const sameServers = sameMembership(membership, this.#membershipOf(config))
      if (
        sameServers && sameContents(before, certkeys) && sameGeo(geoBefore, geo) &&
        ticketSecret === this.#options.ticketSecret() && equal(challenges, ordered.challenges)
      ) this.#current = { ...this.#current, certkeys, geo }
      else await this.#run(number, config, certkeys, geo, undefined)
    })
  }

  /** All that a change checks short of binding ports. Returns the configuration as it would run. */
  async check (wanted: Config): Promise<Config> {
    const { config, histories } = this.#current
    const { bundler, plane } = this.#options
    const next = this.#checked(config, wanted)
    await readCertkeys(next.certkeys, this.#current.certkeys, Date.now(), this.#options.ordered.issuedFor)
    await readGeo(next, this.#current.geo)
    const types = this.#types(next)
    const extensions = await bundler.extensions(next, nextHistories(histories, config, next, new Date().toISOString()))
    const declared = await declaredVersions(extensions, next, plane)
    for (const { bundle } of await bundler.functions(next)) await plane.validateFunction(bundle)
    const { declarations } = await checkDeclared(next, declared)
    checkGroups(next, declarations)
    await types
    return next
  }

  /**
   * Another Weir had the storage meanwhile, and is gone. Saves the running revision, where another one is stored. Returns
   * that one in place of it, with nothing saved, if it has changes that somebody was told are done: `adopt` follows.
   */
  async keep (): Promise<SavedRevision | undefined> {
    return await this.#turns.take(async () => {
      const { storage } = this.#options
      const { number } = this.#current
      try {
        const saved = await storage.load()
        if (saved?.revision === number || saved === undefined) return undefined
        const theirs = (await storage.revisions()).filter(({ revision }) => revision > number && revision <= saved.revision)
        if (theirs.some(({ author }) => author !== undefined && confirmed.has(author.via))) return saved
      } catch { /* One that cannot be read is another one. */ }
      await this.#saveOwn()
      return undefined
    })
  }

  /** Run a revision that another Weir has saved, if there is one. One that cannot run is replaced by the running one, and reported. */
  async adopt (saved: SavedRevision | undefined, onLost: (error: WeirError) => void): Promise<void> {
    await this.#turns.take(async () => {
      if (saved === undefined) return
      try {
        const config = parseConfig(saved.config)
        const certkeys = await readCertkeys(
          config.certkeys,
          this.#current.certkeys,
          undefined,
          this.#options.ordered.issuedFor
        )
        await this.#run(
          saved.revision,
          this.#checked(config, config),
          certkeys,
          await readGeo(config, this.#current.geo, true),
          undefined,
          undefined,
          historiesOf(saved, config)
        )
      } catch (error) {
        onLost(asWeirError(error))
        await this.#saveOwn()
      }
    })
  }

  /** Run a newer revision that another node has saved. Rejects if it cannot run here; then nothing has changed. */
  async follow (saved: SavedRevision): Promise<void> {
    await this.#turns.take(async () => {
      if (saved.revision <= this.#current.number) return
      const config = parseConfig(saved.config)
      const certkeys = await readCertkeys(
        config.certkeys,
        this.#current.certkeys,
        undefined,
        this.#options.ordered.issuedFor
      )
      await this.#run(
        saved.revision,
        this.#checked(config, config),
        certkeys,
        await readGeo(config, this.#current.geo, true),
        undefined,
        undefined,
        historiesOf(saved, config)
      )
    })
  }

  /** Make the running revision the stored one again, as it was saved at first. */
  async #saveOwn (): Promise<void> {
    const { storage } = this.#options
    const { number, config, histories } = this.#current
    const record = (await storage.revisions().catch(() => [])).find(({ revision }) => revision === number)
    await storage.save({ savedAt: new Date().toISOString(), ...record, revision: number, config, extensions: histories })
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
  async #started (config: Config): Promise<KnownCertkeys> {
    return await readCertkeys(config.certkeys, new Map(), undefined, this.#options.ordered.issuedFor)
  }

  #membershipOf (config: Config): Membership { return membershipOf(config, this.#options.names, this.#current.membership, steadyClock.now()) }

  /** `origin`: of a configuration that differs from the running one, and is saved. `known`: its histories, where they are not the next ones. */
  async #run (
    number: number,
    config: Config,
    certkeys: KnownCertkeys,
    geo: KnownGeo,
    origin: Origin | undefined,
    types?: Promise<void>,
    known?: Histories
  ): Promise<void> {
    try {
      await this.#runNow(number, config, certkeys, geo, origin, types, known)
    } catch (error) {
      this.#options.names.keepOnly(this.#current.config)
      throw error
    }
  }

  async #runNow (
    number: number,
    config: Config,
    certkeys: KnownCertkeys,
    geo: KnownGeo,
    origin: Origin | undefined,
    types: Promise<void> | undefined,
    known: Histories | undefined
  ): Promise<void> {
    const { plane, storage, bundler, onCommitted } = this.#options
    const now = new Date().toISOString()
    const histories = known ?? nextHistories(this.#current.histories, this.#current.config, config, now, origin?.turn)
    const ticketSecret = this.#options.ticketSecret()
    const { challenges } = this.#options.ordered
    const extensions = await bundler.extensions(config, histories)
    const edgeFunctions = await bundler.functions(config)
    await this.#options.names.prepare(config)
    const membership = this.#membershipOf(config)
    const { services, lbVservers } = membership
    const { serviceGroups: _, ...rest } = config
    const prepared = await plane.prepare({
      ...rest,
      services,
      lbVservers,
      revision: number,
      extensions,
      edgeFunctions,
      certkeys: contentsOf(certkeys),
      ticketSecret,
      cookieSecret: this.#options.cookieSecret(),
      challenges,
      geoDatabases: geoFilesOf(geo),
      clockBase: steadyClock.base
    }).catch(async error => {
      throw asWeirError(await placedError(error, extensions, config, plane), 'apply-failed')
    })
    try {
      checkGroups(config, prepared.declarations)
      await types
      if (origin !== undefined) {
        const { author, rollbackTo } = origin
        await storage.save({ revision: number, savedAt: now, author, rollbackTo, summary: summarize(this.#current.config, config), config, extensions: histories })
      }
    } catch (error) {
      await prepared.abort()
      throw asWeirError(error, 'storage-failed')
    }
    await prepared.commit()
    this.#current = { number, config, membership, ticketSecret, challenges, certkeys, geo, histories, declarations: prepared.declarations, ports: prepared.ports }
    bundler.keepOnly(config.extensions, config.edgeFunctions)
    onCommitted(this.#current)
  }
}

/** Authors who were told that their change is done. */
const confirmed: ReadonlySet<RevisionAuthor['via']> = new Set(['api', 'exec'])

/** A configuration saved without histories, or not at all, is the first. */
const historiesOf = (saved: SavedRevision | undefined, config: Config): Histories =>
  recordFrom([...Object.entries(nextHistories({}, emptyConfig(), config, new Date().toISOString())), ...Object.entries(saved?.extensions ?? {})])

/** What only loaded extensions show of service groups. Throws `probe-absent`, `params-invalid` or `config-invalid`. */
const checkGroups = (config: Config, declared: Readonly<Record<string, Declaration>>): void => {
  if (config.serviceGroups.length === 0) return
  checkProbes(config, declared)
  checkProbeParams(config, declared)
  checkServerTls({ ...config, services: [...config.services, ...config.serviceGroups] }, declared)
}

/** Returns the contents of certkeys, in the order of the configuration. */
export const contentsOf = (certkeys: KnownCertkeys): CertkeyContents[] =>
  [...certkeys.values()].map(({ contents }) => contents)

/** Returns the error of writes before `start` and after `stop`. */
export const notRunning = (): WeirError =>
  new WeirError('worker-unavailable', 'Weir takes no changes now: it starts, stops, or hands over to a successor', {
    retry: true
  })
