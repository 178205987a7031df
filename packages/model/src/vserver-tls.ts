import { z } from 'zod'
import { filePath } from './file-path.ts'
import { name } from './name.ts'

const version = z.enum(['TLSv1.2', 'TLSv1.3'])

/** OpenSSL's names of negotiable suites, as in openssl-ciphers(1); OpenSSL checks that they exist. */
export const ciphers = z.string().min(1).max(4096)

/** Application protocols (RFC 7301 §3.1): an identifier has 1 to 255 bytes. */
export const alpn = z.array(z.string().min(1).max(255)).max(32)

/** Maximum size of a key log, in bytes: some 70,000 sessions. */
export const MAX_KEY_LOG_BYTES = 64 * 1024 * 1024

/** How TLS with clients is spoken. */
export const vserverTls = z.strictObject({
  minVersion: version.default('TLSv1.2').describe('Oldest version.'),
  maxVersion: version.default('TLSv1.3').describe('Newest version.'),
  ciphers: ciphers.optional().describe(
    'Cipher suites in the order of preference, separated by colons, in OpenSSL\'s names; those of TLS 1.3 begin with `TLS_`. Default: those of Node, and where there are pre-shared keys, suites for them, which come first.'
  ),
  groups: z.array(z.string().min(1).max(64)).min(1).max(32).optional().describe(
    'Groups for the key exchange in the order of preference, as `X25519MLKEM768`, `X25519`, `P-256`. Default: those of OpenSSL.'
  ),
  alpn: alpn.default([]).describe(
    'Application protocols in the order of preference (ALPN). A client that offers only others is refused, one that offers none is served. Empty: nothing is agreed.'
  ),
  strictSni: z.boolean().default(false).describe(
    'Refuse clients that ask for no name, or for one that no certificate has, with the alert `unrecognized_name`, in place of serving them the first certificate.'
  ),
  resumption: z.boolean().default(true).describe(
    'Give clients tickets that resume their TLS session with any worker, and after a restart where there is a state directory. None are given where there are pre-shared keys.'
  ),
  handshakeTimeoutSeconds: z.number().min(0.05).max(300).default(10).describe(
    'Absolute: from the accept to the end of the handshake.'
  ),
  maxHandshakes: z.int().min(0).max(1_000_000).default(1000).describe(
    'Most handshakes at one time per worker; further clients are closed before TLS costs anything. 0 is no limit.'
  ),
  handshakesPerSecond: z.int().min(0).max(1_000_000).default(500).describe(
    'Most handshakes that begin in a second per worker, with as many at once; further clients are closed. 0 is no limit.'
  ),
  clientCertificate: z.enum(['off', 'optional', 'mandatory']).default('off').describe(
    'Whether clients are asked for a certificate. `optional` serves clients without one; a certificate that does not verify is refused in both.'
  ),
  clientCa: z.array(name).max(64).default([]).describe(
    'Certkeys whose `ca` may have issued certificates of clients. Their `crl` is applied.'
  ),
  verifyDepth: z.int().min(0).max(16).optional().describe(
    'Most certificates between a client\'s and its root. 0: the root itself has issued it. Those between have to stand in the bundles of `clientCa`, for what clients send is not counted. Default: as many as OpenSSL takes, from clients too.'
  ),
  psk: z.array(name).max(64).default([]).describe(
    'Certkeys whose pre-shared keys clients may have. A vserver with them needs no certificate.'
  ),
  keyLogFile: filePath.optional().describe(
    'Absolute path of a file to which each worker appends the secrets of its TLS sessions (SSLKEYLOGFILE), for debugging: whoever has it can read what is sent. At 64 MiB they stop, until it is emptied or removed. The log warns as long as it is set.'
  )
})
export type VserverTls = z.infer<typeof vserverTls>
