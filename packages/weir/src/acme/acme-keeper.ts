import {
  protocolsOf,
  layersOf,
  lacksCertificate,
  WeirError,
  type Acme,
  type AcmeChallenge,
  type Config,
  type StackedLayer
} from '@weirlb/model'
import { certificateFacts, type CertkeyContents, type ChallengeAnswers } from '@weirlb/link'
import type { Log } from '@weirlb/engine'
import { Turns } from '../config/turns.ts'
import type { Events } from '../events.ts'
import { AcmeBook } from './acme-book.ts'
import { AcmeFailure } from './acme-failure.ts'
import { attemptName, certificateName, orderCertificate, type IssuedCertificate } from './acme-order.ts'
import type { AcmeStatus } from './acme-status.ts'
import type { AcmeArchive } from '../storage/acme-archive.ts'
import { lifetimeOf, renewalAt, retryDelay } from './schedule.ts'

/** Time for a whole order: authorities validate within seconds, and an operator waits. */
const ORDER_MS = 10 * 60_000
/** The clock may be set, and timers have a maximum: look at least this often. */
const LOOK_MS = 60 * 60_000
/** After this the workers are given again what they did not take. */
const RETRY_APPLY_MS = 10_000

export interface AcmeKeeperOptions {
  /** Undefined: accounts and certificates end with the process. */
  readonly archive: AcmeArchive | undefined
  readonly events: Events
  readonly log: Log
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly now?: () => number
  /** 0 to 1. Default: Math.random. */
  readonly random?: () => number
  /** Default: 10 minutes. */
  readonly orderMs?: number
}

/** A certkey that is ordered. */
interface Kept {
  readonly acme: Acme
  /** PEM bundle for the authority's own server. */
  readonly ca: string | undefined
  /** The order under way. */
  order: AbortController | undefined
}

/**
 * Orders the certificates of certkeys with `acme`, and renews them: in the control process alone, however many workers
 * there are. Orders at one authority run one after the other.
 *
 *   waiting ──► ordering ──► issued ──► (a third of its time is left) ──► ordering
 *                  │ ▲
 *                  ▼ │ back-off
 *                failing
 */
export class AcmeKeeper {
  readonly #book: AcmeBook
  readonly #options: AcmeKeeperOptions
  readonly #now: () => number
  readonly #kept = new Map<string, Kept>()
  readonly #answers = new Map<Kept, ChallengeAnswers>()
  /** By directory. */
  readonly #turns = new Map<string, Turns>()
  /** Ways of validation that something listens for. */
  #answerable: ReadonlySet<AcmeChallenge> = new Set()
  #apply: (() => Promise<void>) | undefined
  #timer: NodeJS.Timeout | undefined
  #applyTimer: NodeJS.Timeout | undefined
  readonly #running = new Set<Promise<void>>()

  constructor (options: AcmeKeeperOptions) {
    this.#options = options
    this.#book = new AcmeBook(options.archive, options.log)
    this.#now = options.now ?? Date.now
  }

  /** Rejects with `storage-failed`. */
  async restore (): Promise<void> { await this.#book.restore() }

  readonly issuedFor = (certkey: string): IssuedCertificate | undefined => this.#book.issuedFor(certkey)

  /** Answers to authorities now. */
  get challenges (): ChallengeAnswers {
    const all = [...this.#answers.values()]
    return { tls: all.flatMap(({ tls }) => tls), http: all.flatMap(({ http }) => http) }
  }

  /** Begin to order. `apply` gives the workers what is here now, and resolves when all have it. */
  start (apply: () => Promise<void>): void {
    this.#apply = apply
    this.#look()
  }

  /** End all orders. */
  async stop (): Promise<void> {
    this.#apply = undefined
    clearTimeout(this.#timer)
    clearTimeout(this.#applyTimer)
    for (const { order } of this.#kept.values()) order?.abort()
    await Promise.all(this.#running)
  }

  /** This configuration runs from now on. */
  committed (config: Config, contents: readonly CertkeyContents[]): void {
    this.#answerable = answerableIn(config)
    const wanted = config.certkeys.filter(({ acme }) => acme !== undefined)
    for (const { name, acme } of wanted) {
      const kept = this.#kept.get(name)
      const ca = contents.find(each => each.name === acme!.ca)?.ca
      if (kept !== undefined && JSON.stringify([kept.acme, kept.ca]) === JSON.stringify([acme, ca])) continue
      // An order for something else is of no use any more.
      kept?.order?.abort()
      this.#kept.set(name, { acme: acme!, ca, order: undefined })
    }
    const names = new Set(wanted.map(({ name }) => name))
    for (const [name, { order }] of this.#kept) {
      if (names.has(name)) continue
      order?.abort()
      this.#kept.delete(name)
    }
    void this.#book.keepOnly(names)
    this.#look()
  }

  /** Undefined for a certkey that is not ordered. */
  status (certkey: string): AcmeStatus | undefined {
    const kept = this.#kept.get(certkey)
    if (kept === undefined) return undefined
    const { failures, lastError } = this.#book.of(certkey)
    const due = this.#dueAt(certkey, kept)
    if (kept.order !== undefined) return { state: 'ordering', failures, reason: lastError }
    const waits = this.#waitsFor(kept.acme)
    if (waits !== undefined && due <= this.#now()) return { state: 'waiting', failures, reason: waits }
    return {
      state: failures > 0 ? 'failing' : 'issued',
      nextOrder: new Date(due).toISOString(),
      failures,
      reason: lastError
    }
  }

  /** Begin an order that is not due. Throws WeirError config-invalid for a certkey that is not ordered. */
  orderNow (certkey: string): void {
    const kept = this.#kept.get(certkey)
    if (kept === undefined)
      throw new WeirError('config-invalid', `certkey '${certkey}' has no \`acme\`, and nothing to order`)
    if (this.#apply === undefined)
      throw new WeirError(
        'worker-unavailable',
        'Weir orders nothing now: it starts, stops, or hands over to a successor',
        { retry: true }
      )
    if (kept.order === undefined && this.#waitsFor(kept.acme) === undefined) this.#begin(certkey, kept)
  }

  #waitsFor ({ challenge }: Acme): string | undefined {
    return this.#answerable.has(challenge)
      ? undefined
      : `no user vserver with ${
        challenge === 'http-01' ? 'HTTP' : 'TLS'
      } listens, which could answer the authority (${challenge})`
  }

  /** When the next order of a certkey is due, in milliseconds since 1970. */
  #dueAt (certkey: string, { acme, ca }: Kept): number {
    const { cert, issuedFor, triedFor, nextAttempt } = this.#book.of(certkey)
    // What became of another order is no reason to wait.
    const retry = nextAttempt !== undefined && triedFor === attemptName(acme, ca) ? Date.parse(nextAttempt) : 0
    return Math.max(retry, cert !== undefined && issuedFor === certificateName(acme) ? renewalAt(cert) : 0)
  }

  /** Begin the orders that are due, and look again when the next one is. */
  #look (): void {
    if (this.#apply === undefined) return
    clearTimeout(this.#timer)
    const now = this.#now()
    let next = now + LOOK_MS
    for (const [certkey, kept] of this.#kept) {
      if (kept.order !== undefined) continue
      const due = this.#dueAt(certkey, kept)
      if (due > now) next = Math.min(next, due)
      else if (this.#waitsFor(kept.acme) === undefined) this.#begin(certkey, kept)
    }
    this.#timer = setTimeout(() => { this.#look() }, next - now).unref()
  }

  #begin (certkey: string, kept: Kept): void {
    const { directory } = kept.acme
    const turns = this.#turns.get(directory) ?? new Turns()
    this.#turns.set(directory, turns)
    const order = kept.order = new AbortController()
    const run = turns.take(async () => {
      if (!order.signal.aborted) await this.#order(certkey, kept, order.signal)
    }).catch((error: unknown) => {
      this.#options.log.error({ certkey, error: (error as Error).message }, 'an order ended in a fault of Weir')
    }).then(() => {
      this.#running.delete(run)
      kept.order = undefined
      this.#look()
    })
    this.#running.add(run)
  }

  /** One order to its end. */
  async #order (certkey: string, kept: Kept, stopped: AbortSignal): Promise<void> {
    const { acme, ca } = kept
    const { log, orderMs = ORDER_MS } = this.#options
    const limit = AbortSignal.timeout(orderMs)
    log.info({ certkey, directory: acme.directory, domains: acme.domains }, 'a certificate is being ordered')
    try {
      const issued = await orderCertificate({
        acme,
        ca,
        account: this.#book.accountFor(acme),
        signal: AbortSignal.any([stopped, limit]),
        onAccount: async account => { await this.#book.writeAccount(acme, account) },
        answer: async answers => {
          this.#answers.set(kept, answers)
          try {
            await this.#apply?.()
          } catch (error) {
            throw new AcmeFailure(`the answers for the authority were not applied: ${(error as Error).message}`)
          }
        }
      })
      this.#answers.delete(kept)
      await this.#issued(certkey, kept, issued)
    } catch (error) {
      this.#answers.delete(kept)
      if (!stopped.aborted)
        await this.#failed(
          certkey,
          kept,
          limit.aborted ? new AcmeFailure(`no certificate within ${orderMs / 1000} s`) : error as Error
        )
      await this.#applySoon(certkey)
    }
  }

  async #issued (certkey: string, { acme, ca }: Kept, { cert, key }: IssuedCertificate): Promise<void> {
    const { log, events } = this.#options
    const issuedFor = certificateName(acme)
    const renewed = this.#book.of(certkey).issuedFor === issuedFor
    // A clock that is wrong by months would have it renewed at once, again and again.
    const nextAttempt = new Date(this.#now() + lifetimeOf(cert) / 6).toISOString()
    await this.#book.write(certkey, { issuedFor, cert, key, triedFor: attemptName(acme, ca), failures: 0, nextAttempt })
    await this.#applySoon(certkey)
    const { notAfter } = certificateFacts(cert)[0]!
    log.info({ certkey, notAfter }, renewed ? 'a certificate was renewed' : 'a certificate was issued')
    events.emit(renewed ? 'certificate-renewed' : 'certificate-issued', { certkey, notAfter })
  }

  async #failed (certkey: string, { acme, ca }: Kept, failure: Error): Promise<void> {
    const { log, events, random = Math.random } = this.#options
    const retryAfterMs = failure instanceof AcmeFailure ? failure.retryAfterMs : 0
    const before = this.#book.of(certkey)
    const triedFor = attemptName(acme, ca)
    const failures = (before.triedFor === triedFor ? before.failures : 0) + 1
    const nextAttempt = new Date(this.#now() + retryDelay(failures, retryAfterMs, random)).toISOString()
    const reason = failure.message
    await this.#book.write(certkey, { ...before, triedFor, failures, lastError: reason, nextAttempt })
    log.error({ certkey, reason, nextAttempt }, 'no certificate was issued')
    events.emit('certificate-failed', { certkey, reason, nextAttempt })
  }

  /** Give the workers what is here now. They may be unable to take it: then again, until they have. */
  async #applySoon (certkey: string): Promise<void> {
    try {
      await this.#apply?.()
    } catch (error) {
      this.#options.log.error(
        { certkey, error: (error as Error).message },
        'an issued certificate was not applied: Weir tries again'
      )
      // One of several orders tries again for all.
      clearTimeout(this.#applyTimer)
      this.#applyTimer = setTimeout(() => { void this.#applySoon(certkey) }, RETRY_APPLY_MS).unref()
    }
  }
}

const layerFor = { 'tls-alpn-01': 'tls', 'http-01': 'http' } satisfies Record<AcmeChallenge, StackedLayer>

/** The ways of validation that some user vserver would answer. */
const answerableIn = (config: Config): Set<AcmeChallenge> => {
  const protocols = new Map(config.userProtocols.map(protocol => [protocol.name, protocol]))
  const listening = config.userVservers.filter(({ state }) => state === 'enabled').map(vserver => ({
    vserver,
    transports: protocolsOf(vserver, name => protocols.get(name)).map(({ transport }) => transport)
  }))
    .filter(({ vserver, transports }) => !lacksCertificate(vserver, transports))
  const layers = new Set(listening.flatMap(({ transports }) => transports.flatMap(layersOf)))
  return new Set((Object.keys(layerFor) as AcmeChallenge[]).filter(challenge => layers.has(layerFor[challenge])))
}
