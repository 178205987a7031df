import { certkeyParts, type Entity } from '@weirlb/model'
import { quoteWord } from '../lexer/quote-word.ts'
import { dataOf } from '../table/data-url.ts'

type Certkey = Entity<'certkeys'>

/** Returns the options with the files of a certkey, or with texts of it that are no secrets. */
export const certkeyWords = (certkey: Certkey): string[] => [
  ...certkeyParts.flatMap(part => {
    const file = certkey[`${part}File`]
    const text = part === 'key' || part === 'psk' ? undefined : certkey[part]
    return file !== undefined
      ? [`-${part}`, quoteWord(file)]
      : text !== undefined
      ? [`-${part}`, dataOf(text, 'application/x-pem-file')]
      : []
  }),
  ...certkey.passphraseFile === undefined ? [] : ['-passphraseFile', quoteWord(certkey.passphraseFile)],
  ...certkey.ocspFile === undefined ? [] : ['-ocsp', quoteWord(certkey.ocspFile)]
]

/** Returns a remark about what nothing shows. */
export const remarks = ({ name, cert, certFile, keyFile, acme }: Certkey): string[] =>
  cert !== undefined && certFile === undefined && keyFile === undefined && acme === undefined
    ? [`# The private key of ${name}, if it has one, is not shown; add it with -key FILE`]
    : []
