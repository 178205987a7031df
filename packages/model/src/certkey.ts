import { z } from 'zod'
import { comment, name } from './name.ts'
import { holdsPrivateKey, isCertificate, isPrivateKey, pemBlocks, type PemBlock } from './pem.ts'

/** Longest PEM text of a certkey's field, in characters: the bundle of a browser's authorities is a quarter of it. */
export const MAX_PEM = 1024 * 1024

const certificates = z.string().max(MAX_PEM)
  .refine(text => !holdsPrivateKey(text), { message: 'holds a private key, and only certificates may stand here, because answers show them; put the key into `key`' })

/** A named certificate chain and key, or a CA bundle. */
export const certkey = z.strictObject({
  name: name.describe('Name of the certkey.'),
  cert: certificates.optional().describe('PEM certificate chain, leaf first. A private key among them becomes `key`; other text is left out.'),
  key: z.string().max(MAX_PEM).optional().describe('PEM private key, not encrypted. Write-only: no answer ever contains it.'),
  ca: certificates.optional().describe('PEM bundle of certificate authorities. Text around the certificates is left out.'),
  comment
})
export type Certkey = z.infer<typeof certkey>

type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * A certkey, or a patch of one, as it is kept: only certificates stand in `cert` and `ca`, and a private key that came in `cert` has become `key`.
 * What has another shape, two keys that differ, or no certificate where one belongs, is left for the schema and the check of certkeys to refuse.
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
  // Which of several keys is meant, or what a text that is cut off would go on to say, nobody knows.
  if (different.size !== 1 || keys.length === 0 || blocks.at(-1)?.complete === false) return { cert }
  return { cert: certificatesOf(blocks), key: typeof given === 'string' ? given : keys[0]!.text }
}

/** The certificates of a text; the text itself where it has none, or is cut off. */
const onlyCertificates = (text: string): string => {
  const blocks = pemBlocks(text)
  return blocks.some(isCertificate) && blocks.at(-1)!.complete ? certificatesOf(blocks) : text
}

const certificatesOf = (blocks: readonly PemBlock[]): string => blocks.filter(isCertificate).map(({ text }) => text).join('')
