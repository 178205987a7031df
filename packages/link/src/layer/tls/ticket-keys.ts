import { createHash, hkdfSync, randomBytes } from 'node:crypto'

const OWN = randomBytes(32).toString('base64')
/** Name 16, HMAC key 16, AES key 16: what Node's `ticketKeys` are. */
const KEYS_BYTES = 48

/**
 * The keys of the tickets of one listener and certificate, from the secret of all: the same on every worker.
 * `trust` is all that decides whom the listener takes. A resumed client is not verified again, so where that changes no
 * older ticket may resume.
 */
export const ticketKeys = (secret: string | undefined, vserver: string, certificate: string, trust: string): Buffer =>
  Buffer.from(
    hkdfSync(
      'sha256',
      Buffer.from(secret ?? OWN, 'base64'),
      '',
      createHash('sha256').update(JSON.stringify([vserver, certificate, trust])).digest(),
      KEYS_BYTES
    )
  )

/**
 * A session may be resumed in this context alone. Node's own default comes from the command line, which is another in
 * each process.
 */
export const sessionContext = (vserver: string, trust: string): string =>
  createHash('sha256').update(JSON.stringify([vserver, trust])).digest('hex').slice(0, 32)
