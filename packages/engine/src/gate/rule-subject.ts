import { LONGEST_PAUSE_SECONDS, type ProtocolControlId } from '@weirlb/model'
import type { ClientFacts } from '@weirlb/link'
import { type BaseFieldName, type IpAddress, parseIp, type Read, type Readers, type RuleValue } from '@weirlb/rules'
import type { FieldDeclaration } from '@weirlb/sdk/abi'
import type { DecisionSubject } from '../decisions/decision.ts'
import { europeanUnion, type Geo } from '../geo/geo.ts'
import { rolesOf } from './field-roles.ts'

/** A connection as its rules see it. */
export interface Ruled {
  readonly id: string
  /** When it began, as `performance.now()` has it. */
  readonly since: number
  readonly client: { readonly bytesRead: number }
  /** Fields that the extension shows to the log, by the index of the declared field. */
  readonly fields?: readonly (string | undefined)[] | undefined
}

/** An HTTP request as rules see it. */
export interface RuledRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Host header, in lower case, without a port; undefined without one. */
  readonly host: string | undefined
  readonly secure: boolean
  /** It is for a WebSocket. */
  readonly upgrade: boolean
  /** `1.1`, or `1.0`; undefined: `1.1`, which upgrades need. */
  readonly httpVersion?: string | undefined
  /**
   * Names and values in turn, as they were sent: `headers` lacks some of those that came twice. Undefined: nobody
   * knows.
   */
  readonly rawHeaders?: readonly string[] | undefined
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** Where clients come in. */
export interface RuledVserver {
  readonly name: string
  readonly config: { readonly port: number }
  /** Returns true for a client that has passed a challenge. */
  clears? (client: ClientFacts, request: RuledRequest): boolean
  /** Returns the threat score of an address. */
  threat? (address: string): number
  /** Where addresses are; undefined: nobody knows. */
  readonly geo?: Geo | undefined
  /** A control against floods has acted. */
  acted? (control: ProtocolControlId): void
}

const NO_FIELDS: readonly FieldDeclaration[] = []

/** What has passed and has not flowed away, and when that was so. */
interface Bucket { held: number, at: number }

/** What rules read: a client, and what it sends. It belongs to one connection, and its values change. */
export class RuleSubject implements DecisionSubject {
  readonly vserver: RuledVserver
  facts: ClientFacts
  readonly connection: Ruled | undefined
  request: RuledRequest | undefined = undefined
  /** Messages of the client that were judged, the present one included. */
  messages = 0
  /** What the extension says that the present message costs; undefined: it says nothing. */
  cost: number | undefined = undefined
  /** For how long its rules let the next message wait, in milliseconds. */
  pauseMs = 0
  /** What rules with `throttle` have let pass, by their names. */
  #slowed: Map<string, Bucket> | undefined = undefined
  /** Status of the response to the request. */
  status: number | undefined = undefined
  readonly #declared: readonly FieldDeclaration[]
  /** Values of the extension's fields, by their index. */
  readonly #values: (RuleValue | undefined)[]
  /** By index: the turn in which the value was set. */
  readonly #turns: Float64Array
  /** One for each verdict: a message's fields are those of its turn. */
  #turn = 1
  #address: string | undefined = undefined
  #ip: IpAddress | undefined = undefined
  #locatedOf: string | undefined = undefined
  #country: string | undefined = undefined
  #routedOf: string | undefined = undefined
  #asn: number | undefined = undefined
  #headersOf: RuledRequest | undefined = undefined
  #headers: ReadonlyMap<string, readonly string[]> | undefined = undefined

  constructor (vserver: RuledVserver, facts: ClientFacts, connection: Ruled | undefined, declared = NO_FIELDS) {
    this.vserver = vserver
    this.facts = facts
    this.connection = connection
    this.#declared = declared
    this.#values = declared.map(() => undefined)
    this.#turns = new Float64Array(declared.length)
  }

  /**
   * The extension has published a field, as text. What is no value of its type is left out: the sandbox is not trusted.
   */
  set (index: number, text: string): void {
    const field = this.#declared[index]
    if (field === undefined) return
    this.#values[index] = valueOf(field.type, text)
    this.#turns[index] = this.#turn
  }

  /** The extension has published a number, or true or false. */
  setNumber (index: number, value: number): void {
    const field = this.#declared[index]
    if (field === undefined) return
    this.#values[index] = field.type === 'int' ? value : field.type === 'bool' ? value === 1 : undefined
    this.#turns[index] = this.#turn
  }

  /** The text that a field had last; `''` without one. */
  textOf (index: number): string {
    const value = this.#values[index]
    return typeof value === 'string' ? value : ''
  }

  /** All of a message is judged. */
  nextTurn (): void {
    this.#turn++
    this.cost = undefined
    this.pauseMs = 0
  }

  /** A rule lets so many messages pass in a second, and applies to the present one. */
  slow (rule: string, messagesPerSecond: number, now: number): void {
    const buckets = this.#slowed ??= new Map<string, Bucket>()
    const bucket = buckets.get(rule) ?? { held: 0, at: now }
    buckets.set(rule, bucket)
    const perMs = messagesPerSecond / 1000
    // A second's worth passes at once. Beyond the longest pause nothing is owed.
    bucket.held = Math.min(
      Math.max(0, bucket.held - (now - bucket.at) * perMs) + 1,
      messagesPerSecond * (1 + LONGEST_PAUSE_SECONDS)
    )
    bucket.at = now
    this.pauseMs = Math.max(this.pauseMs, (bucket.held + 1 - messagesPerSecond) / perMs)
  }

  /** The value of a field of the connection; undefined: it is missing. */
  ofConnection (index: number): RuleValue | undefined { return this.#values[index] }
  /** The value of a field, if it was set for the message that is judged. */
  ofMessage (index: number): RuleValue | undefined {
    return this.#turns[index] === this.#turn ? this.#values[index] : undefined
  }

  /** It has passed a challenge. */
  get cleared (): boolean { return this.http !== undefined && this.vserver.clears?.(this.facts, this.http) === true }

  get clientId (): string | undefined { return this.#textWith(rolesOf(this.#declared).clientId) }
  get topic (): string | undefined { return this.#textWith(rolesOf(this.#declared).topic) }

  #textWith (index: number): string | undefined {
    const value = index < 0
      ? undefined
      : this.#declared[index]!.message
      ? this.ofMessage(index)
      : this.ofConnection(index)
    return typeof value === 'string' ? value : undefined
  }

  /** The client's address; parsed once. */
  get ip (): IpAddress | undefined {
    const { address } = this.facts
    if (address !== this.#address) {
      this.#address = address
      this.#ip = parseIp(address)
    }
    return this.#ip
  }

  /** The country of the client's address; looked up once. */
  get country (): string | undefined {
    const { address } = this.facts
    if (address !== this.#locatedOf) {
      this.#locatedOf = address
      this.#country = this.vserver.geo?.countryOf(address)
    }
    return this.#country
  }

  /** The autonomous system of the client's address; looked up once. */
  get asn (): number | undefined {
    const { address } = this.facts
    if (address !== this.#routedOf) {
      this.#routedOf = address
      this.#asn = this.vserver.geo?.asnOf(address)
    }
    return this.#asn
  }

  /** The headers of the request, by name. */
  get headers (): ReadonlyMap<string, readonly string[]> | undefined {
    const { request } = this
    if (request !== this.#headersOf) {
      this.#headersOf = request
      this.#headers = request &&
        new Map(
          Object.entries(request.headers).flatMap(([name, value]) =>
            value === undefined ? [] : [[name, typeof value === 'string' ? [value] : value] as const]
          )
        )
    }
    return this.#headers
  }

  /** The request that rules read: of a WebSocket the one that opened it. */
  get http (): RuledRequest | undefined {
    const { http } = this.facts
    if (this.request === undefined && http !== undefined) this.request = askedBy(this.facts)
    return this.request
  }
}

/** The request by which a client got its WebSocket; undefined: it has none. */
export const askedBy = ({ http, tlsVersion, proxied }: ClientFacts): RuledRequest | undefined =>
  http &&
  {
    method: 'GET',
    path: http.path,
    host: hostOf(http.headers['host']),
    secure: tlsVersion !== undefined || proxied?.tls !== undefined,
    upgrade: true,
    headers: http.headers
  }

/** A Host header without its port, in lower case. */
export const hostOf = (header: string | undefined): string | undefined => header?.toLowerCase().replace(/:\d*$/, '')

const valueOf = (type: FieldDeclaration['type'], text: string): RuleValue | undefined => {
  switch (type) {
    case 'int': return Number(text)
    case 'bool': return text === 'true'
    case 'strings': return listOf(text)
    case 'map': return mapOf(text)
    case 'string': return text
    case 'secret': return undefined
  }
}

const isList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(item => typeof item === 'string')

/** Names that differ in their case alone are one. */
const mapOf = (text: string): ReadonlyMap<string, readonly string[]> | undefined => {
  try {
    const record: unknown = JSON.parse(text)
    if (typeof record !== 'object' || record === null) return undefined
    const map = new Map<string, readonly string[]>()
    for (const [name, values] of Object.entries(record)) {
      if (!isList(values)) return undefined
      const key = name.toLowerCase()
      map.set(key, [...map.get(key) ?? [], ...values])
    }
    return map
  } catch {
    return undefined
  }
}

const listOf = (text: string): readonly string[] | undefined => {
  try {
    const list: unknown = JSON.parse(text)
    return isList(list) ? list : undefined
  } catch {
    return undefined
  }
}

/** Bytes of header lines, as they were sent. */
const headersSize = (lines: readonly string[]): number => lines.reduce((sum, text) => sum + text.length + 2, 0)

/** Names and values of a request's headers in turn, as they were sent where that is known. */
export const headerLines = ({ headers, rawHeaders }: Pick<RuledRequest, 'headers' | 'rawHeaders'>): readonly string[] =>
  rawHeaders ??
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : (typeof value === 'string' ? [value] : value).flatMap(each => [name, each])
    )

const headerReader = (name: string): Read<RuleSubject> => subject => {
  const value = subject.http?.headers[name]
  return typeof value === 'object' ? value.join(', ') : value
}

const port: Read<RuleSubject> = ({ facts, vserver }) => facts.local?.port ?? vserver.config.port
const country: Read<RuleSubject> = subject => subject.country
const asn: Read<RuleSubject> = subject => subject.asn
const tlsVersion: Read<RuleSubject> = ({ facts }) => facts.tlsVersion
const tlsCipher: Read<RuleSubject> = ({ facts }) => facts.cipher
const verified: Read<RuleSubject> = ({ facts }) => facts.certificate !== undefined
const ja4: Read<RuleSubject> = ({ facts }) => facts.hello?.ja4

/** How every field is read that all user vservers have. */
const baseReaders: { readonly [F in BaseFieldName]: Read<RuleSubject> } = {
  'ip.src': subject => subject.ip,
  'ip.src.country': country,
  'ip.geoip.country': country,
  'ip.src.asnum': asn,
  'ip.geoip.asnum': asn,
  'ip.src.is_in_european_union': subject =>
    subject.country === undefined ? undefined : europeanUnion.has(subject.country),
  'tcp.srcport': ({ facts }) => facts.port,
  'tcp.dstport': port,
  'cf.edge.server_port': port,
  'cf.threat_score': ({ facts, vserver }) => vserver.threat?.(facts.address) ?? 0,
  'listener.name': ({ vserver }) => vserver.name,
  ssl: ({ facts }) => facts.tlsVersion !== undefined || facts.passed === true || facts.hello !== undefined,
  // Before its handshake it has asked, and nothing was agreed.
  'tls.sni': ({ facts }) => facts.serverName ?? (facts.hello?.serverName === '' ? undefined : facts.hello?.serverName),
  'tls.hello.alpn': ({ facts }) => facts.hello?.alpn,
  'tls.hello.versions': ({ facts }) => facts.hello?.versions,
  'tls.hello.ciphers': ({ facts }) => facts.hello?.ciphers,
  'tls.ja4': ja4,
  'cf.bot_management.ja4': ja4,
  'cf.bot_management.ja3_hash': ({ facts }) => facts.hello?.ja3,
  'tls.alpn': ({ facts }) => facts.alpn,
  'tls.version': tlsVersion,
  'cf.tls_version': tlsVersion,
  'tls.cipher': tlsCipher,
  'cf.tls_cipher': tlsCipher,
  'tls.client_cert.present': verified,
  'tls.client_cert.verified': verified,
  'tls.client_cert.subject_cn': ({ facts }) => facts.certificate?.commonNames[0],
  'tls.client_cert.fingerprint_sha256': ({ facts }) => facts.certificate?.fingerprint,
  'tls.client_cert.not_after': ({ facts }) =>
    facts.certificate && Math.floor(Date.parse(facts.certificate.notAfter) / 1000),
  'http.host': ({ http }) => http?.host,
  'http.request.method': ({ http }) => http?.method,
  'http.request.uri': ({ http }) => http?.path,
  'http.request.uri.path': ({ http }) => http?.path.split('?', 1)[0],
  'http.request.uri.query': ({ http }) =>
    http && http.path.slice(http.path.indexOf('?') < 0 ? http.path.length : http.path.indexOf('?') + 1),
  'http.request.full_uri': ({ http }) => http && `${http.secure ? 'https' : 'http'}://${http.host ?? ''}${http.path}`,
  'http.request.version': ({ http }) => http && `HTTP/${http.httpVersion ?? '1.1'}`,
  'http.request.headers': subject => subject.http && subject.headers,
  'http.request.headers.names': subject => subject.http && [...subject.headers!.keys()],
  'http.request.headers.count': ({ http }) => http && headerLines(http).length / 2,
  'http.request.headers.size': ({ http }) => http && headersSize(headerLines(http)),
  'http.user_agent': headerReader('user-agent'),
  'http.referer': headerReader('referer'),
  'http.cookie': headerReader('cookie'),
  'http.x_forwarded_for': headerReader('x-forwarded-for'),
  'tls.fronted': ({ facts, http }) =>
    http?.host !== undefined && facts.serverName !== undefined &&
    http.host.replace(/\.$/, '') !== facts.serverName.toLowerCase(),
  'ws.upgrade': ({ http }) => http?.upgrade,
  'ws.origin': headerReader('origin'),
  'ws.subprotocols': ({ http }) =>
    (http?.headers['sec-websocket-protocol'] as string | undefined)?.split(',').map(name => name.trim()),
  'conn.id': ({ connection }) => connection?.id,
  'conn.age_s': ({ connection }) => connection && Math.floor((performance.now() - connection.since) / 1000),
  'conn.bytes_in': ({ connection }) => connection?.client.bytesRead,
  'conn.messages_in': ({ messages }) => messages
}

/** Finds how a field is read, where an extension declares these. Each field exists: the expression was checked. */
export const readersFor = (declared: readonly FieldDeclaration[]): Readers<RuleSubject> => name => {
  const base = (baseReaders as Readonly<Record<string, Read<RuleSubject>>>)[name]
  if (base !== undefined && Object.hasOwn(baseReaders, name)) return base
  const index = declared.findIndex(field => field.name === name)
  return declared[index]?.message === true
    ? subject => subject.ofMessage(index)
    : subject => subject.ofConnection(index)
}
