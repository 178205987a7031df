// Who a client is: as it says in CONNECT, or as TLS has proven it.
import type { ClientInfo } from '@weirlb/sdk'

/** What the identity of a client is. */
export const identityKinds = ['client-id', 'cn', 'san-uri', 'san-dns', 'fingerprint', 'psk'] as const
export type IdentityKind = typeof identityKinds[number]

const kinds = {
  cn: { names: ({ certificate }) => certificate?.commonNames, noun: 'common name' },
  'san-uri': { names: ({ certificate }) => certificate?.uris, noun: 'URI name' },
  'san-dns': { names: ({ certificate }) => certificate?.dns, noun: 'DNS name' },
  fingerprint: { names: ({ certificate }) => certificate && [certificate.fingerprint], noun: 'fingerprint' },
  psk: { names: ({ psk }) => psk === undefined ? undefined : [psk], noun: 'identity' }
} satisfies Record<
  Exclude<IdentityKind, 'client-id'>,
  { names(client: ClientInfo): readonly string[] | undefined, noun: string }
>

/**
 * The identity that TLS has proven, or why there is none. Several names of one kind would leave it to chance which is
 * meant.
 */
export const provenIdentity = (
  client: ClientInfo,
  kind: Exclude<IdentityKind, 'client-id'>
): { readonly identity: string } | { readonly why: string } => {
  const { names, noun } = kinds[kind]
  const found = names(client)
  if (found === undefined)
    return { why: `it has no verified ${kind === 'psk' ? 'pre-shared key' : 'certificate'}, and identity is '${kind}'` }
  const [identity] = found
  if (identity === undefined || identity === '' || found.length > 1)
    return { why: `its certificate has ${found.length} ${noun}s, and identity is '${kind}', which wants one` }
  return { identity }
}
