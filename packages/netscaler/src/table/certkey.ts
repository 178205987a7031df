import { isAbsolute, join } from 'node:path'
import { WeirError, type CertkeyPart } from '@weirlb/model'
import type { Call } from '../grammar/command.ts'
import { text } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { textOfData } from './data-url.ts'
import type { EntityRow } from './entity-row.ts'
import { foreignOfCertkeys } from './foreign.ts'

const docs: Readonly<Record<CertkeyPart | 'passphraseFile' | 'ocsp', string>> = {
  cert: 'File with the PEM certificate chain, leaf first.',
  key: 'File with the PEM private key.',
  ca: 'File with a PEM bundle of certificate authorities.',
  crl: 'File with PEM certificate revocation lists.',
  psk: 'File with pre-shared keys.',
  passphraseFile: 'File whose first line is the pass phrase of the private key.',
  ocsp: 'File with an OCSP response (DER).'
}

/** Options that name a file of the machine that Weir runs on, or hold its text as a data: URL. */
const fileOptions: readonly Parameter[] = Object.entries(docs).map(([name, doc]) => ({
  name,
  kind: { ...text('path'), ...name === 'key' || name === 'psk' ? { secret: true as const } : {} },
  field: [name === 'passphraseFile' ? name : `${name}File`],
  doc: `${doc} A relative path begins at the folder of the commands.`
}))

/** `add ssl certKey <name> -cert <path> -key <path>`. */
export const certkeyRow: EntityRow = {
  object: 'ssl certKey',
  doc: 'A certificate chain and its key.',
  collection: 'certkeys',
  component: 'Certkey',
  arguments: [],
  options: { comment: 'comment' },
  extra: fileOptions,
  foreign: foreignOfCertkeys,
  omit: [
    'cert',
    'key',
    'ca',
    'crl',
    'psk',
    'certFile',
    'keyFile',
    'caFile',
    'crlFile',
    'pskFile',
    'passphraseFile',
    'ocspFile',
    'acme.externalAccountBinding.keyId',
    'acme.externalAccountBinding.hmacKey'
  ],
  whole: ['acme.externalAccountBinding'],
  prepare: call => ({
    ...call,
    given: new Map([...call.given].flatMap(([name, given]) =>
      name in docs
        ? fileFields(name, given.value, call).map(([field, value]) =>
          [field, { ...given, parameter: { ...given.parameter, field: [field] }, value }] as const
        )
        : [[name, given] as const]
    ))
  })
}

/** The fields that a file option sets: the path, and the text no more; or the other way round. */
const fileFields = (
  name: string,
  value: unknown,
  { command, context: { folder } }: Call
): (readonly [string, unknown])[] => {
  const pathField = name === 'passphraseFile' ? name : `${name}File`
  const hasText = name !== 'passphraseFile' && name !== 'ocsp'
  const none = command.verb === 'add' ? [] : [null]
  if (value === null) return [[pathField, null], ...hasText ? [[name, null] as const] : []]
  const given = String(value)
  const data = hasText ? textOfData(given) : undefined
  if (data !== undefined) return [[name, data], ...none.map(nothing => [pathField, nothing] as const)]
  // It may hold a secret: neither shown, nor taken for a path.
  if (/^data:/i.test(given))
    throw new WeirError('command-invalid', `-${name}: expected a path, or text as data:application/x-pem-file;base64,…`)
  if (!isAbsolute(given) && folder === undefined)
    throw new WeirError('command-invalid', `-${name}: expected an absolute path; got '${given}'`)
  return [
    [pathField, isAbsolute(given) ? given : join(folder!, given)],
    ...hasText ? none.map(nothing => [name, nothing] as const) : []
  ]
}
