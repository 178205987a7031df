/** One block of PEM text (RFC 7468). */
export interface PemBlock {
  /** The block's label: `CERTIFICATE`, `EC PRIVATE KEY`. */
  readonly label: string
  /** The block itself, from `-----BEGIN` to the end of its last line. */
  readonly text: string
  /** False: the text ends before the block does. */
  readonly complete: boolean
}

const BEGIN = '-----BEGIN '
const DASHES = '-----'

/**
 * The blocks of a text, in order; text around them is left out, as every reader of PEM does (RFC 7468 §2). Only the
 * last may be incomplete.
 */
export const pemBlocks = (text: string): PemBlock[] => {
  const blocks: PemBlock[] = []
  let at = 0
  for (;;) {
    const begin = text.indexOf(BEGIN, at)
    if (begin < 0) return blocks
    const endOfLabel = text.indexOf(DASHES, begin + BEGIN.length)
    if (endOfLabel < 0) return blocks
    const label = text.slice(begin + BEGIN.length, endOfLabel)
    const last = `-----END ${label}${DASHES}`
    const end = text.indexOf(last, endOfLabel)
    // A block without an end takes the rest of the text with it, which bounds the work by the length of the text.
    if (end < 0) return [...blocks, { label, text: text.slice(begin), complete: false }]
    at = end + last.length
    blocks.push({ label, text: `${text.slice(begin, at)}\n`, complete: true })
  }
}

/** True for the label of a private key, encrypted or not. */
export const isPrivateKey = ({ label }: PemBlock): boolean => label.endsWith('PRIVATE KEY')

/** True for the labels that OpenSSL reads certificates from. */
export const isCertificate = ({ label }: PemBlock): boolean =>
  label === 'CERTIFICATE' || label === 'X509 CERTIFICATE' || label === 'TRUSTED CERTIFICATE'

/** True if a text contains a private key, even in a truncated block. */
export const holdsPrivateKey = (text: string): boolean => text.includes('PRIVATE KEY-----')

/**
 * True for a private key that needs a pass phrase: PKCS #8 has it in its label, the older form in its first header
 * (RFC 1421 §4.6.1.1).
 */
export const isEncrypted = ({ label, text }: PemBlock): boolean =>
  label === 'ENCRYPTED PRIVATE KEY' || /^-----BEGIN [A-Z0-9 ]+-----\s*Proc-Type:\s*4\s*,\s*ENCRYPTED\s/.test(text)
