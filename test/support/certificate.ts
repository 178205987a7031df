import { generate } from 'selfsigned'

/** A certificate and its private key, both PEM. */
export interface Certificate { readonly cert: string, readonly key: string }

/** A certificate for one DNS name, signed by itself, made on the spot. */
export const certificateFor = async (name: string): Promise<Certificate> => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }]
  })
  return { cert, key }
}
