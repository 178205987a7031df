import { readFile, stat } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { WeirError } from '@weirlb/model'
import { Reader, type Response } from 'mmdb-lib'

/** A file of a configuration; `id`: another one stands for other contents. Without it they stay the same. */
export interface GeoFile { readonly name: string, readonly mmdbFile: string, readonly id?: string | undefined }

/** Maximum size of a file: the largest that are sold have less than half of it. */
const MAX_BYTES = 1024 * 1024 * 1024
/** Networks that are looked at to find out what a database knows. */
const MAX_TRIED = 4096

/** The forms of records: those of MaxMind and DB-IP, and flat ones. */
type GeoRecord = { readonly [field: string]: unknown } | null

const codeOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^([A-Z]{2}|T1)$/.test(value) ? value : undefined
const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[field] : undefined

/** `country` is where it is, `registered_country` who has it. Some have the one alone. */
const countryIn = (record: GeoRecord): string | undefined => {
  if (record === null) return undefined
  const country = record['country']
  return codeOf(fieldOf(country, 'iso_code')) ?? codeOf(record['country_code']) ?? codeOf(country) ??
    codeOf(fieldOf(record['registered_country'], 'iso_code'))
}

const asnIn = (record: GeoRecord): number | undefined => {
  if (record === null) return undefined
  const asn = record['autonomous_system_number'] ?? record['asn']
  const number = typeof asn === 'number'
    ? asn
    : typeof asn === 'string' && /^(AS)?\d{1,10}$/.test(asn)
    ? Number(asn.replace('AS', ''))
    : NaN
  return number > 0 && number <= 0xffff_ffff ? number : undefined
}

/** A database of addresses in the format mmdb. */
export class GeoDatabase {
  readonly file: GeoFile
  /** What its records have. */
  readonly knows: { readonly countries: boolean, readonly asns: boolean }
  /** When it was made (ISO 8601). */
  readonly builtAt: string
  readonly #reader: Reader<Response>
  readonly #hasIpv6: boolean

  private constructor (file: GeoFile, reader: Reader<Response>) {
    this.file = file
    this.#reader = reader
    this.#hasIpv6 = reader.metadata.ipVersion === 6
    this.builtAt = reader.metadata.buildEpoch.toISOString()
    this.knows = this.#tried()
  }

  /** Reads a file as a whole. Rejects with `geo-invalid` for one that is none, or is cut. */
  static async read (file: GeoFile): Promise<GeoDatabase> {
    const refuse = (why: string, cause?: unknown): WeirError => {
      const message = `'${file.mmdbFile}' ${why}`
      return new WeirError('geo-invalid', `geo database '${file.name}': ${message}`, {
        cause,
        issues: [{ path: 'mmdbFile', message }]
      })
    }
    let bytes: Buffer
    try {
      // Not of a device or a pipe, which may have no end.
      const found = await stat(file.mmdbFile)
      if (!found.isFile()) throw new Error('it is not a file')
      if (found.size > MAX_BYTES) throw new Error(`it has ${found.size} bytes; at most ${MAX_BYTES} are read`)
      bytes = await readFile(file.mmdbFile)
    } catch (error) {
      throw refuse(`cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`, error)
    }
    const database = GeoDatabase.of(file, bytes)
    if (typeof database === 'string') throw refuse(database)
    return database
  }

  /** The database that these bytes are, or why they are none. */
  static of (file: GeoFile, bytes: Buffer): GeoDatabase | string {
    try {
      const marker = bytes.lastIndexOf(MARKER)
      if (marker < 0) return 'is no mmdb file, or it is cut: its metadata is missing'
      const reader = new Reader<Response>(bytes)
      const { binaryFormatMajorVersion, nodeCount, recordSize, ipVersion, searchTreeSize } = reader.metadata
      if (binaryFormatMajorVersion !== 2)
        return `has version ${binaryFormatMajorVersion} of the format; version 2 is read`
      if (![24, 28, 32].includes(recordSize) || ![4, 6].includes(ipVersion))
        return `has records of ${recordSize} bits for IPv${ipVersion}, which the format does not have`
      if (nodeCount < 1 || searchTreeSize + 16 > marker)
        return `is cut: its tree has ${searchTreeSize} bytes, and ${marker} are there`
      const database = new GeoDatabase(file, reader)
      if (!database.knows.countries && !database.knows.asns)
        return `has neither countries nor autonomous systems; it is of type ${
          JSON.stringify(reader.metadata.databaseType)
        }`
      return database
    } catch (error) {
      return `is no mmdb file that can be read (${(error as Error).message})`
    }
  }

  countryOf (address: string): string | undefined {
    return this.knows.countries ? countryIn(this.#find(address)) : undefined
  }
  asnOf (address: string): number | undefined {
    return this.knows.asns ? asnIn(this.#find(address)) : undefined
  }

  /** What is damaged is not known: it ends nobody's connection. */
  #find (address: string): GeoRecord {
    try {
      const zone = address.indexOf('%')
      const plain = zone < 0 ? address : address.slice(0, zone)
      return !this.#hasIpv6 && isIPv6(plain) ? null : this.#reader.get(plain) as unknown as GeoRecord
    } catch {
      return null
    }
  }

  /** What the records of its first networks have. */
  #tried (): GeoDatabase['knows'] {
    let countries = false
    let asns = false
    const look = (address: string): number => {
      const [record, prefix] = this.#reader.getWithPrefixLength(address) as unknown as [GeoRecord, number]
      countries ||= countryIn(record) !== undefined
      asns ||= asnIn(record) !== undefined
      return prefix
    }
    // In a file of both versions IPv4 is what almost all have.
    for (let word = 0x0100_0000, n = 0; word <= 0xffff_ffff && n < MAX_TRIED && !(countries && asns); n++) {
      const size = 2 **
        (32 - Math.min(Math.max(look([word >>> 24, word >>> 16 & 255, word >>> 8 & 255, word & 255].join('.')), 0), 32))
      word = (Math.floor(word / size) + 1) * size
    }
    // Of IPv6 the first 32 bits of what is assigned (2000::/3): networks of providers begin with such.
    for (let word = 0x2001_0000, n = 0; this.#hasIpv6 && !countries && !asns && word < 0x4000_0000 && n < MAX_TRIED; n++) {
      const size = 2 ** (32 - Math.min(Math.max(look(`${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}::`), 0), 32))
      word = (Math.floor(word / size) + 1) * size
    }
    return { countries, asns }
  }
}

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
