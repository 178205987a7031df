import { generate } from 'selfsigned'

/** A certificate and its key, both PEM. */
export interface TestCertificate { readonly name: string, readonly cert: string, readonly key: string }

/** A self-signed certificate for these DNS names (and 127.0.0.1 with `ip`), made on the spot. */
export const testCertificate = async (
  names: readonly string[],
  { ip = false, commonName = names[0] ?? 'nameless', keyType = 'ec' as 'ec' | 'rsa' } = {}
): Promise<TestCertificate> => {
  const altNames = [
    ...names.map(value => ({ type: 2 as const, value })),
    ...(ip ? [{ type: 7 as const, ip: '127.0.0.1' }] : [])
  ]
  const { cert, private: key } = await generate([{ name: 'commonName', value: commonName }], {
    keyType,
    algorithm: 'sha256',
    extensions: altNames.length === 0
      ? [{ name: 'basicConstraints', cA: true }]
      : [{ name: 'subjectAltName', altNames }]
  })
  return { name: commonName, cert, key }
}
