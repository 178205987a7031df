import { createPrivateKey } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import {
  certkeyFileFields,
  certkeyParts,
  equal,
  isEncrypted,
  isPrivateKey,
  keyApart,
  MAX_PEM,
  pemBlocks,
  WeirError,
  type Certkey,
  type CertkeyFileField,
  type Issue
} from '@weirlb/model'
import { certkeyFaults, type CertkeyContents, type CertkeyPems } from '@weirlb/link'

/** A certkey and what it holds. */
export interface KnownCertkey {
  readonly certkey: Certkey
  readonly contents: CertkeyContents
  /** Identities of its files when they were read, by path: a replaced file has another. */
  readonly files: ReadonlyMap<string, string>
  /** Why newer files were not taken, and `contents` are older than they are. */
  readonly stale: string | undefined
}

/** Returns the present certificate of a certkey that is ordered, and its key; undefined before the first. */
export type IssuedFor = (certkey: string) => Required<Pick<CertkeyPems, 'cert' | 'key'>> | undefined

/** Certkeys by name. */
export type KnownCertkeys = ReadonlyMap<string, KnownCertkey>

/** A fault of a certkey's field. */
interface Fault { readonly field: keyof Certkey, readonly message: string }

/**
 * Returns the certkeys of a configuration with their contents: files read, keys decrypted, all checked. Those
 * unchanged since `present` are taken over; an unchanged certkey with unusable files keeps its contents, and is
 * `stale`. Throws `certificate-invalid` with an issue for each fault of new or changed ones. `now`: certificates and
 * lists that have expired by then are refused; without it, time is ignored. `issuedFor`: see its type.
 */
export const readCertkeys = async (
  certkeys: readonly Certkey[],
  present: KnownCertkeys,
  now: number | undefined,
  issuedFor: IssuedFor
): Promise<KnownCertkeys> => {
  const read = new Map<string, KnownCertkey>()
  const issues: Issue[] = []
  for (const [i, certkey] of certkeys.entries()) {
    const known = present.get(certkey.name)
    if (certkey.acme !== undefined) {
      const contents = { name: certkey.name, acmeChallenge: certkey.acme.challenge, ...issuedFor(certkey.name) }
      read.set(certkey.name, {
        certkey,
        contents: equal(known?.contents, contents) ? known!.contents : contents,
        files: noFiles,
        stale: undefined
      })
      continue
    }
    const same = known !== undefined && (known.certkey === certkey || equal(known.certkey, certkey))
    if (same && (known.files.size === 0 || (known.stale === undefined && !await filesChanged(known)))) {
      read.set(certkey.name, known)
      continue
    }
    const faults: Fault[] = []
    const { contents, files } = await contentsOf(certkey, faults)
    // An unchanged certkey that has expired meanwhile must not prevent other changes.
    if (faults.length === 0) for (const { field, message } of certkeyFaults(contents, now)) faults.push({ field: fieldOf(certkey, field), message })
    const [fault] = faults
    if (fault === undefined)
      read.set(certkey.name, {
        certkey,
        contents: same && equal(known.contents, contents) ? known.contents : contents,
        files,
        stale: undefined
      })
    else if (same) read.set(certkey.name, { ...known, stale: words(fault) })
    else issues.push(
        ...faults.map(each => ({
          path: `certkeys[${i}].${each.field}`,
          message: `certkey '${certkey.name}': ${words(each)}`
        }))
      )
  }
  const [first, ...more] = issues
  if (first === undefined) return read
  throw new WeirError(
    'certificate-invalid',
    `${first.path}: ${first.message}${more.length > 0 ? ` (and ${more.length} more)` : ''}`,
    { issues }
  )
}

const noFiles: ReadonlyMap<string, string> = new Map()

const words = ({ field, message }: Fault): string => `\`${field}\` ${message}`

/** True when one of its files is not the one that was read. */
export const filesChanged = async ({ files }: KnownCertkey): Promise<boolean> => {
  for (const [path, id] of files) if (await fileId(path).catch(() => '') !== id) return true
  return false
}

/** True when what workers are given is the same. */
export const sameContents = (a: KnownCertkeys, b: KnownCertkeys): boolean =>
  a.size === b.size &&
  [...a].every(([name, { contents }]) => b.get(name)?.contents === contents || equal(b.get(name)?.contents, contents))

/** Returns a file's identity: a rewritten or replaced file has another. */
const fileId = async (path: string): Promise<string> => {
  const { dev, ino, size, mtimeMs } = await stat(path)
  return `${dev} ${ino} ${size} ${mtimeMs}`
}

/** Returns the configuration field of a part. */
const fieldOf = (certkey: Certkey, part: keyof CertkeyPems): keyof Certkey => {
  if (part === 'ocsp') return 'ocspFile'
  if (part === 'key' && certkey.key === undefined && certkey.keyFile === undefined) return 'certFile'
  return certkey[part] === undefined && certkey[`${part}File`] !== undefined ? `${part}File` : part
}

const contentsOf = async (certkey: Certkey, faults: Fault[]): Promise<Pick<KnownCertkey, 'contents' | 'files'>> => {
  const files = new Map<string, string>()
  const texts = new Map<CertkeyFileField, Buffer>()
  for (const field of certkeyFileFields) {
    const path = certkey[field]
    if (path === undefined) continue
    try {
      // Read first: if the file is replaced in between, the next check detects another.
      files.set(path, await fileId(path))
      texts.set(field, await readSmall(path))
    } catch (error) {
      faults.push({
        field,
        message: `cannot be read: '${path}' (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`
      })
    }
  }
  const given: Record<string, string> = {}
  for (const part of certkeyParts) {
    const text = certkey[part] ?? texts.get(`${part}File`)?.toString('utf8')
    if (text !== undefined) given[part] = text
  }
  const parts = keyApart(given) as { cert?: string, key?: string, ca?: string, crl?: string, psk?: string }
  const ocsp = texts.get('ocspFile')?.toString('base64')
  const passphrase = texts.get('passphraseFile')?.toString('utf8').split(/\r?\n/, 1)[0]
  if (parts.key !== undefined && passphrase !== undefined) parts.key = decrypted(parts.key, passphrase, faults)
  if (parts.cert !== undefined && parts.key === undefined && faults.length === 0)
    faults.push({
      field: certkey.certFile === undefined ? 'key' : 'certFile',
      message: 'holds no private key, and there is no `keyFile`'
    })
  return { contents: { name: certkey.name, ...parts, ...ocsp === undefined ? {} : { ocsp } }, files }
}

/** Not of a device or a pipe, which may have no end. */
const readSmall = async (path: string): Promise<Buffer> => {
  const found = await stat(path)
  if (!found.isFile()) throw new Error('it is not a file')
  if (found.size > MAX_PEM) throw new Error(`it has ${found.size} bytes; at most ${MAX_PEM} are read`)
  return await readFile(path)
}

/** The key without its pass phrase; workers and the stored configuration know it so or not at all. */
const decrypted = (key: string, passphrase: string, faults: Fault[]): string => {
  const block = pemBlocks(key).find(isPrivateKey)
  if (block === undefined || !isEncrypted(block)) return key
  try {
    return createPrivateKey({ key: block.text, passphrase }).export({ type: 'pkcs8', format: 'pem' }) as string
  } catch {
    faults.push({ field: 'passphraseFile', message: 'does not hold the pass phrase of the private key' })
    return key
  }
}
