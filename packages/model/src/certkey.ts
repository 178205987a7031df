import { z } from 'zod'
import { acme } from './acme.ts'
import { filePath } from './file-path.ts'
import { comment, name } from './name.ts'
import { holdsPrivateKey, isCertificate, isPrivateKey, pemBlocks, type PemBlock } from './pem.ts'

/** Longest PEM text of a certkey's field, in characters: the bundle of a browser's authorities is a quarter of it. */
export const MAX_PEM = 1024 * 1024

const certificates = z.string().max(MAX_PEM)
  .refine(text => !holdsPrivateKey(text), {
    message:
      'holds a private key, and only certificates may stand here, because answers show them; put the key into `key`'
  })

/**
 * A named certificate chain and key, a CA bundle, or pre-shared keys: as text, as the paths of files that are watched,
 * or ordered from an authority.
 */
export const certkey = z.strictObject({
  name: name.describe('Name of the certkey.'),
  cert: certificates.optional().describe(
    'PEM certificate chain, leaf first. A private key in it is moved to `key`; other text is removed.'
  ),
  key: z.string().max(MAX_PEM).optional().describe(
    'PEM private key; an encrypted key needs `passphraseFile`. Write-only: no response contains it.'
  ),
  ca: certificates.optional().describe(
    'PEM bundle of certificate authorities. Text around the certificates is removed.'
  ),
  crl: certificates.optional().describe(
    'PEM certificate revocation lists of the authorities in `ca`, one per authority. If any list is given, clients whose authority has no current list are refused.'
  ),
  psk: z.string().max(MAX_PEM).optional().describe(
    'Pre-shared keys, one `identity:hexadecimal key` per line. Write-only: no response contains them.'
  ),
  certFile: filePath.optional().describe(
    'Absolute path of a file with `cert`, optionally with the key. The control process reads it, and reads it again when it changes.'
  ),
  keyFile: filePath.optional().describe('Absolute path of a file with `key`.'),
  caFile: filePath.optional().describe('Absolute path of a file with `ca`.'),
  crlFile: filePath.optional().describe('Absolute path of a file with `crl`.'),
  pskFile: filePath.optional().describe('Absolute path of a file with `psk`.'),
  passphraseFile: filePath.optional().describe(
    'Absolute path of a file whose first line is the pass phrase of the private key.'
  ),
  ocspFile: filePath.optional().describe(
    'Absolute path of a file with an OCSP response (DER), stapled to the certificate.'
  ),
  acme: acme.optional().describe(
    'In place of `cert` and `key`: Weir orders the certificate from an authority, and renews it when a third of its time is left.'
  ),
  comment
})
export type Certkey = z.infer<typeof certkey>

/** The parts of a certkey: as text in the field of this name, or in the file named by `FIELDFile`. */
export const certkeyParts = ['cert', 'key', 'ca', 'crl', 'psk'] as const
export type CertkeyPart = typeof certkeyParts[number]

/** The fields of a certkey that name files. */
export const certkeyFileFields = [
  'certFile',
  'keyFile',
  'caFile',
  'crlFile',
  'pskFile',
  'passphraseFile',
  'ocspFile'
] as const satisfies readonly (keyof Certkey)[]
export type CertkeyFileField = typeof certkeyFileFields[number]

/** True when a certkey holds this, as text or in a file. */
export const holds = (certkey: Certkey, part: CertkeyPart): boolean =>
  certkey[part] !== undefined || certkey[`${part}File`] !== undefined

/** True if a certkey has a certificate and its key, which may be in the certificate's file; or will get one. */
export const canServe = (certkey: Certkey): boolean =>
  certkey.acme !== undefined || holds(certkey, 'cert') && (holds(certkey, 'key') || certkey.certFile !== undefined)

type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fields of a certkey that no response contains, as paths within it. */
export const certkeySecrets: readonly (readonly string[])[] = [['key'], ['psk'], ['acme', 'externalAccountBinding', 'hmacKey']]

/** Returns a copy of an object without the field at a path, which may be missing. */
export const withoutPath = <T>(object: T, [field, ...below]: readonly string[]): T => {
  if (!isObject(object) || field === undefined || !(field in object)) return object
  const { [field]: value, ...rest } = object
  return (below.length === 0 ? rest : { ...object, [field]: withoutPath(value, below) }) as T
}

/** Returns a certkey as responses show it. */
export const withoutSecrets = <T extends object>(certkey: T): T => certkeySecrets.reduce(withoutPath, certkey)

/**
 * Returns a certkey, or a patch of one, as it is stored: `cert` and `ca` keep only certificates, and a private key in
 * `cert` becomes `key`. Input of another shape, two different keys, or a missing certificate is left unchanged for
 * the schema and the check of certkeys to refuse.
 */
export const keyApart = (input: unknown): unknown => {
  if (!isObject(input)) return input
  const { cert, key, ca } = input
  return {
    ...input,
    ...typeof ca === 'string' && !holdsPrivateKey(ca) ? { ca: onlyCertificates(ca) } : {},
    ...typeof cert === 'string' ? certAndKey(cert, key) : {}
  }
}

const certAndKey = (cert: string, given: unknown): { readonly cert: string, readonly key?: unknown } => {
  if (!holdsPrivateKey(cert)) return { cert: onlyCertificates(cert) }
  const blocks = pemBlocks(cert)
  const keys = blocks.filter(isPrivateKey)
  const known = typeof given === 'string' ? pemBlocks(given).filter(isPrivateKey) : []
  const different = new Set([...keys, ...known].map(({ text }) => text.replaceAll(/\s/g, '')))
  // The intended one of several keys is unknown, and so is the rest of a truncated text.
  if (different.size !== 1 || keys.length === 0 || blocks.at(-1)?.complete === false) return { cert }
  return { cert: certificatesOf(blocks), key: typeof given === 'string' ? given : keys[0]!.text }
}

/** Returns the certificates of a text; the text itself if it has none or is truncated. */
const onlyCertificates = (text: string): string => {
  const blocks = pemBlocks(text)
  return blocks.some(isCertificate) && blocks.at(-1)!.complete ? certificatesOf(blocks) : text
}

const certificatesOf = (blocks: readonly PemBlock[]): string =>
  blocks.filter(isCertificate).map(({ text }) => text).join('')
