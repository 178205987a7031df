import { stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { WeirError, type Config, type GeoDatabase as GeoEntity, type Issue } from '@weirlb/model'
import { GeoDatabase, type GeoFile } from '@weirlb/engine'
import { asWeirError } from '../as-weir-error.ts'
import { type GeoNeeds, needsOf } from './geo-needs.ts'

/** A database whose file was read; without `file`: none of its files could be. */
export interface KnownDatabase {
  readonly entity: GeoEntity
  readonly file: GeoFile | undefined
  readonly knows: GeoNeeds
  /** When its data were made (ISO 8601). */
  readonly builtAt: string | undefined
  /** Why the present file is not in use. */
  readonly stale: string | undefined
  /** Identity of that file. */
  readonly staleId: string | undefined
}

/** The databases of a configuration, by name, and the one that Weir ships where it is in use. */
export interface KnownGeo {
  readonly databases: ReadonlyMap<string, KnownDatabase>
  readonly shipped: KnownDatabase | undefined
}

export const noKnownGeo: KnownGeo = { databases: new Map(), shipped: undefined }

/** Name of the database of countries that Weir ships; no entity has it. */
export const SHIPPED = '(shipped)'
const SHIPPED_FILE = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'

let shippedPath: string | undefined | null = null

/** Returns the file of the shipped database; undefined where it is not installed. */
const pathOfShipped = (): string | undefined => {
  if (shippedPath !== null) return shippedPath
  try { shippedPath = createRequire(import.meta.url).resolve(SHIPPED_FILE) } catch { shippedPath = undefined }
  return shippedPath
}

/** Returns a file's identity: a rewritten or replaced file has another. */
const idOf = async (path: string): Promise<string> => {
  const { dev, ino, size, mtimeMs } = await stat(path)
  return `${dev} ${ino} ${size} ${mtimeMs}`
}

const idOrNone = async (path: string): Promise<string> => await idOf(path).catch(() => '')

/** Reads a file as workers will. Rejects with `geo-invalid`. */
const read = async (entity: GeoEntity, id: string): Promise<KnownDatabase> => {
  const file = { name: entity.name, mmdbFile: entity.mmdbFile, id }
  const { knows, builtAt } = await GeoDatabase.read(file)
  return { entity, file, knows, builtAt, stale: undefined, staleId: undefined }
}

/**
 * Returns the databases of a configuration, their files read. Of those that are there in `present` a new file is taken
 * if it can be read, and else the one before stays. Throws `geo-invalid` for a new or changed entity; `lenient`: it is
 * without a file then, as a damaged one must not keep Weir from its start.
 */
export const readGeo = async (config: Config, present: KnownGeo, lenient = false): Promise<KnownGeo> => {
  const databases = new Map<string, KnownDatabase>()
  const issues: Issue[] = []
  for (const [i, entity] of config.geoDatabases.entries()) {
    const before = present.databases.get(entity.name)
    const known = before?.entity.mmdbFile === entity.mmdbFile ? before : undefined
    const id = await idOrNone(entity.mmdbFile)
    if (known !== undefined && (id === known.file?.id || (id === known.staleId && known.stale !== undefined))) {
      databases.set(
        entity.name,
        id === known.file?.id ? { ...known, entity, stale: undefined, staleId: undefined } : { ...known, entity }
      )
      continue
    }
    try {
      databases.set(entity.name, await read(entity, id))
    } catch (error) {
      const { message, issues: [issue] = [] } = asWeirError(error)
      if (known === undefined && !lenient)
        issues.push({ path: `geoDatabases[${i}].mmdbFile`, message: issue?.message ?? message })
      else databases.set(entity.name, {
          ...known ?? { file: undefined, knows: { countries: false, asns: false }, builtAt: undefined },
          entity,
          stale: issue?.message ?? message,
          staleId: id
        })
    }
  }
  const [first] = issues
  if (first !== undefined) throw new WeirError('geo-invalid', `${first.path}: ${first.message}`, { issues })
  const wanted = needsOf(config).countries && ![...databases.values()].some(({ knows }) => knows.countries)
  return { databases, shipped: wanted ? present.shipped ?? await readShipped() : undefined }
}

const readShipped = async (): Promise<KnownDatabase | undefined> => {
  const file = pathOfShipped()
  if (file === undefined) return undefined
  return await read({ name: SHIPPED, mmdbFile: file }, await idOrNone(file)).catch(() => undefined)
}

/** Returns the files as workers get them. */
export const geoFilesOf = ({ databases, shipped }: KnownGeo): GeoFile[] =>
  [...databases.values(), ...shipped === undefined ? [] : [shipped]].flatMap(({ file }) => file ?? [])

/** What all databases know together. */
export const placesKnown = ({ databases, shipped }: KnownGeo): GeoNeeds => {
  const all = [...databases.values(), ...shipped === undefined ? [] : [shipped]]
  return { countries: all.some(({ knows }) => knows.countries), asns: all.some(({ knows }) => knows.asns) }
}

/** True when workers get the same files. */
export const sameGeo = (a: KnownGeo, b: KnownGeo): boolean =>
  JSON.stringify(geoFilesOf(a)) === JSON.stringify(geoFilesOf(b))

/** True when a file is not the one that was looked at last. */
export const geoChanged = async ({ databases }: KnownGeo): Promise<boolean> => {
  for (const { entity, file, stale, staleId } of databases.values())
    if (await idOrNone(entity.mmdbFile) !== (stale === undefined ? file?.id : staleId)) return true
  return false
}
