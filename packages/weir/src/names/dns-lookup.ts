import { promises, lookup as systemLookup } from 'node:dns'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import { hostFault, isSrvName } from '@weirlb/model'
import type { NamedAddress } from '../config/membership.ts'
import { Turns } from '../config/turns.ts'
import { usualPace, type Pace } from './pace.ts'

/** Maximum addresses of one name; the others of an answer are left out. */
export const MAX_ADDRESSES = 256
/** Where the system knows a name that DNS does not, and where an answer has no time to live. */
const DEFAULT_TTL_SECONDS = 30

/** What became of the question for a name. */
export type Answer =
  /** `failed`: the questions that had no answer, whose previous addresses count on. */
  | {
    readonly kind: 'found'
    readonly addresses: readonly NamedAddress[]
    readonly ttlSeconds: number
    readonly failed: readonly Question[]
  }
  | { readonly kind: 'absent', readonly reason: string }
  | { readonly kind: 'failed', readonly reason: string }

/** A question for the addresses of one family. */
export interface Question { readonly host: string, readonly family: 4 | 6, readonly reason: string }

type Addresses = {
  readonly found: readonly { readonly address: string, readonly ttl: number | undefined }[]
  readonly absent: string | undefined
  readonly failed: readonly Question[]
}

/** The system's own look-up: the addresses of a name. */
export type SystemLookup = (host: string) => Promise<readonly string[]>

const getaddrinfo: SystemLookup = async host =>
  (await promisify(systemLookup)(host, { all: true })).map(({ address }) => address)

/** Looks up host names: their addresses of both families, or what their SRV records name. */
export class DnsLookup {
  readonly #servers: readonly string[] | undefined
  readonly #answerMs: number
  readonly #questionMs: number
  readonly #hostsFile: string
  /** The hosts file, while it is being read. */
  #reading: Promise<string> | undefined
  readonly #running = new Set<promises.Resolver>()
  /** The system's own look-up blocks a thread of the process; there are four. */
  readonly #turns = new Turns()
  readonly #system: SystemLookup
  /** Ends waiting for it. */
  readonly #waiting = new Set<() => void>()

  /** `servers`: `IP` or `IP:PORT`; undefined: those of the system, after its hosts file. `system`: its own look-up. */
  constructor (
    servers: readonly string[] | undefined,
    { answerMs, questionMs }: Pick<Pace, 'answerMs' | 'questionMs'> = usualPace,
    hostsFile = '/etc/hosts',
    system: SystemLookup = getaddrinfo
  ) {
    this.#system = system
    this.#servers = servers
    this.#answerMs = answerMs
    this.#questionMs = questionMs
    this.#hostsFile = hostsFile
  }

  /** Never rejects. */
  async ask (name: string): Promise<Answer> {
    // A resolver of its own: it reads the system's servers anew, and can be cancelled alone.
    const resolver = new promises.Resolver({ timeout: this.#questionMs, tries: 2 })
    this.#running.add(resolver)
    const late = setTimeout(() => { resolver.cancel() }, this.#answerMs)
    try {
      if (this.#servers !== undefined) resolver.setServers([...this.#servers])
      return isSrvName(name) ? await this.#srv(resolver, name) : await this.#host(resolver, name)
    } catch (error) {
      return { kind: 'failed', reason: (error as Error).message }
    } finally {
      clearTimeout(late)
      this.#running.delete(resolver)
    }
  }

  /** Give up what is being looked up. */
  stop (): void {
    for (const resolver of this.#running) resolver.cancel()
    for (const end of this.#waiting) end()
  }

  async #host (resolver: promises.Resolver, name: string): Promise<Answer> {
    const { found, absent, failed } = await this.#addresses(resolver, name)
    if (found.length === 0)
      return absent === undefined
        ? { kind: 'failed', reason: reasonsOf(failed) }
        : { kind: 'absent', reason: absent }
    return {
      kind: 'found',
      addresses: found.map(({ address }) => ({ address, host: name, port: undefined, weight: 1, priority: 0 })),
      ttlSeconds: leastTtl(found),
      failed
    }
  }

  async #srv (resolver: promises.Resolver, name: string): Promise<Answer> {
    let records
    try {
      // Names go into TLS and headers, and a file: what no service could have is left out.
      records = (await resolver.resolveSrv(name)).filter(record =>
        record.port > 0 && hostFault(record.name) === undefined
      )
    } catch (error) {
      const reason = reasonOf(error, `SRV records of ${name}`)
      return isAbsence(error) ? { kind: 'absent', reason } : { kind: 'failed', reason }
    }
    if (records.length === 0) return { kind: 'absent', reason: `SRV records of ${name}: none has a host and a port` }
    // Those of the lowest number are used first (RFC 2782).
    const used = records.toSorted((a, b) => a.priority - b.priority).slice(0, MAX_ADDRESSES)
    const most = used.reduce((largest, { weight }) => Math.max(largest, weight), 0)
    const all = await Promise.all(
      used.map(async record => ({ record, answer: await this.#addresses(resolver, record.name) }))
    )
    const addresses = all.flatMap(({ record, answer }) =>
      answer.found.map(({ address }): NamedAddress => ({
        address,
        host: record.name,
        port: record.port,
        priority: record.priority,
        weight: Math.max(1, most <= 100 ? record.weight : Math.round(record.weight * 100 / most))
      }))
    )
    const failed = all.flatMap(({ answer }) => answer.failed)
    if (addresses.length > 0)
      return {
        kind: 'found',
        addresses,
        ttlSeconds: Math.min(DEFAULT_TTL_SECONDS, ...all.map(({ answer }) => leastTtl(answer.found))),
        failed
      }
    const reason = all.map(({ answer }) => answer.absent ?? reasonsOf(answer.failed)).join('; ')
    return failed.length > 0 ? { kind: 'failed', reason } : { kind: 'absent', reason }
  }

  /**
   * The hosts file is asked first, as the system does; then DNS; then the system, which may have search domains and
   * other sources.
   */
  async #addresses (resolver: promises.Resolver, host: string): Promise<Addresses> {
    const own = this.#servers === undefined
    if (own) {
      const listed = await this.#listed(host)
      if (listed.length > 0)
        return { found: listed.map(address => ({ address, ttl: DEFAULT_TTL_SECONDS })), absent: undefined, failed: [] }
      if (/(^|\.)localhost\.?$/i.test(host)) return await this.#fromSystem(host, undefined)
    }
    const [four, six] = await Promise.all([this.#family(resolver, host, 4), this.#family(resolver, host, 6)])
    const found = [...four.found, ...six.found]
    const failed = [...four.failed, ...six.failed]
    const absent = failed.length === 0 && found.length === 0 ? four.absent : undefined
    return own && absent !== undefined ? await this.#fromSystem(host, absent) : { found, absent, failed }
  }

  async #family (resolver: promises.Resolver, host: string, family: 4 | 6): Promise<Addresses> {
    try {
      const found = family === 4
        ? await resolver.resolve4(host, { ttl: true })
        : await resolver.resolve6(host, { ttl: true })
      return { found, absent: undefined, failed: [] }
    } catch (error) {
      const reason = reasonOf(error, `${family === 4 ? 'A' : 'AAAA'} records of ${host}`)
      return isAbsence(error)
        ? { found: [], absent: reason, failed: [] }
        : { found: [], absent: undefined, failed: [{ host, family, reason }] }
    }
  }

  async #fromSystem (host: string, absent: string | undefined): Promise<Addresses> {
    try {
      const found = await this.#inTime(host)
      if (found !== undefined)
        return { found: found.map(address => ({ address, ttl: DEFAULT_TTL_SECONDS })), absent: undefined, failed: [] }
      const reason = `the system's look-up of ${host}: no answer in time`
      return { found: [], absent: undefined, failed: [{ host, family: 4, reason }, { host, family: 6, reason }] }
    } catch (error) {
      return { found: [], absent: absent ?? (error as Error).message, failed: [] }
    }
  }

  /**
   * Asks the system. It cannot be cancelled: undefined when its time is over, and its thread is then left to it. The
   * next name waits for that thread, so that names without an answer never take more than one.
   */
  async #inTime (host: string): Promise<readonly string[] | undefined> {
    let over = false
    const asked = this.#turns.take(async () => over ? [] : await this.#system(host))
    // It may fail when nobody waits any more.
    asked.catch(() => {})
    let end!: () => void
    const late = new Promise<undefined>(resolve => { end = () => { resolve(undefined) } })
    this.#waiting.add(end)
    const timer = setTimeout(end, this.#answerMs)
    try {
      return await Promise.race([asked, late])
    } finally {
      over = true
      clearTimeout(timer)
      this.#waiting.delete(end)
    }
  }

  async #listed (host: string): Promise<readonly string[]> {
    const name = host.toLowerCase()
    // An answer may name hundreds of servers: one open file serves all.
    this.#reading ??= readFile(this.#hostsFile, 'utf8').catch(() => '').finally(() => { this.#reading = undefined })
    const text = await this.#reading
    return [...new Set(text.split('\n').flatMap(line => {
      const [address, ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/)
      return names.includes(name) && isIP(address!) !== 0 ? [address!] : []
    }))]
  }
}

const reasonsOf = (failed: readonly Question[]): string => [...new Set(failed.map(({ reason }) => reason))].join('; ')

const leastTtl = (found: readonly { readonly ttl: number | undefined }[]): number =>
  Math.min(...found.map(({ ttl }) => ttl ?? DEFAULT_TTL_SECONDS))

const isAbsence = (error: unknown): boolean =>
  ['ENOTFOUND', 'ENODATA'].includes((error as NodeJS.ErrnoException).code ?? '')

const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such name (NXDOMAIN)',
  ENODATA: 'there are none (NODATA)',
  ESERVFAIL: 'the DNS server failed (SERVFAIL)',
  EREFUSED: 'the DNS server refused the question (REFUSED)',
  ETIMEOUT: 'no answer in time',
  ECANCELLED: 'no answer in time',
  ECONNREFUSED: 'no DNS server can be reached',
  EBADRESP: 'the answer cannot be read',
  ENOTIMP: 'the DNS server does not know the question (NOTIMP)',
  EFORMERR: 'the DNS server found the question malformed (FORMERR)'
}

const reasonOf = (error: unknown, what: string): string => {
  const { code, message } = error as NodeJS.ErrnoException
  return `${what}: ${words[code ?? ''] ?? message}`
}
