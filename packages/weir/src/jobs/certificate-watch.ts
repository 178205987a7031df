import { X509Certificate } from 'node:crypto'
import { listsEndAt, ocspEndsAt, type CertkeyContents } from '@weirlb/link'
import type { Log } from '@weirlb/engine'
import type { Events } from '../events.ts'

const dayMs = 86_400_000
const lookEveryMs = 60_000
/** Days before the expiry with an event, largest first. */
const tellAt = [30, 14, 7, 3, 1, 0]

/**
 * Reports certificates that expire soon, when they are applied and on each of the days before the expiry, and
 * outdated revocation lists and OCSP responses.
 */
export class CertificateWatch {
  readonly #events: Events
  readonly #log: Log
  readonly #now: () => number
  #certkeys: readonly CertkeyContents[] = []
  /** Number of these days that had come at the last event of a certificate, by its fingerprint. */
  #told = new Map<string, number>()
  /** Reported lists, by their expiry. */
  #toldLists = new Map<string, number>()
  /** The same of OCSP responses. */
  #toldResponses = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor (events: Events, log: Log, now: () => number = Date.now) {
    this.#events = events
    this.#log = log
    this.#now = now
  }

  /** Watch these from now on, and no others. */
  apply (certkeys: readonly CertkeyContents[]): void {
    this.#certkeys = certkeys
    this.look()
    this.#timer ??= setInterval(() => { this.look() }, lookEveryMs).unref()
  }

  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Report those for which a further day has come. */
  look (): void {
    const told = new Map<string, number>()
    for (const { name, cert, acmeChallenge } of this.#certkeys) {
      const certificate = cert === undefined ? undefined : read(cert)
      if (certificate === undefined) continue
      const leftMs = certificate.validToDate.getTime() - this.#now()
      // One that is renewed ahead of time is reported when that fails.
      const come = acmeChallenge !== undefined && leftMs > 0 ? 0 : tellAt.filter(days => leftMs <= days * dayMs).length
      const id = `${name} ${certificate.fingerprint256}`
      told.set(id, come)
      if (come <= (this.#told.get(id) ?? 0)) continue
      const found = {
        certkey: name,
        notAfter: certificate.validToDate.toISOString(),
        daysLeft: Math.floor(leftMs / dayMs)
      }
      this.#log.warn(found, leftMs <= 0 ? 'a certificate has ended' : 'a certificate ends soon')
      this.#events.emit('certificate-expiring', found)
    }
    this.#told = told
    this.#lookAtLists()
  }

  #lookAtLists (): void {
    this.#toldLists = this.#outdated(
      this.#toldLists,
      ({ crl }) => crl === undefined ? undefined : listsEndAt(crl),
      found => {
        this.#log.error(found, 'a revocation list is out of date: clients of its authority are refused')
        this.#events.emit('crl-expired', found)
      }
    )
    this.#toldResponses = this.#outdated(
      this.#toldResponses,
      ({ ocsp }) => ocsp === undefined ? undefined : ocspEndsAt(Buffer.from(ocsp, 'base64')),
      found => {
        this.#log.warn(found, 'an OCSP response is out of date: it is not stapled')
        this.#events.emit('ocsp-expired', found)
      }
    )
  }

  /** Calls `report` for what is out of date and was not `told`. Returns all that is, by certkey. */
  #outdated (
    told: ReadonlyMap<string, number>,
    endOf: (certkey: CertkeyContents) => number | undefined,
    report: (found: { certkey: string, nextUpdate: string }) => void
  ): Map<string, number> {
    const outdated = new Map<string, number>()
    for (const certkey of this.#certkeys) {
      const end = endOf(certkey)
      if (end === undefined || end > this.#now()) continue
      outdated.set(certkey.name, end)
      if (told.get(certkey.name) !== end) report({ certkey: certkey.name, nextUpdate: new Date(end).toISOString() })
    }
    return outdated
  }
}

/** The leaf. An unreadable certificate is in use nowhere: a vserver with it would have been refused. */
const read = (pem: string): X509Certificate | undefined => {
  try { return new X509Certificate(pem) } catch { return undefined }
}
