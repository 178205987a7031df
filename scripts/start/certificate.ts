import { generate } from 'selfsigned'

export interface Certificate { readonly cert: string, readonly key: string }

/** A certificate for localhost and 127.0.0.1, signed by itself, good for longer than what Weir warns of. */
export const makeCertificate = async (): Promise<Certificate> => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    notAfterDate: new Date(Date.now() + 90 * 24 * 3600 * 1000),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }, { type: 7, ip: '127.0.0.1' }] }
    ]
  })
  return { cert, key }
}
