/**
 * One attribute of a distinguished name, as `CN` and `meter-7`; a type without a short name is an object identifier.
 */
export interface NameAttribute { readonly type: string, readonly value: string }

/**
 * A client's identity by a verified certificate: its chain ends at an authority of the vserver, it was valid, and no
 * revocation list contained it.
 */
export interface ClientCertificate {
  /** Every attribute in the certificate's order. A type may be there several times. */
  readonly subject: readonly NameAttribute[]
  readonly issuer: readonly NameAttribute[]
  /** Each `CN` of the subject. */
  readonly commonNames: readonly string[]
  /** Subject alternative names by type (RFC 5280 §4.2.1.6). Other types are left out. */
  readonly dns: readonly string[]
  readonly uris: readonly string[]
  readonly emails: readonly string[]
  readonly addresses: readonly string[]
  /** Hexadecimal, upper case. */
  readonly serial: string
  /** SHA-256 of the certificate, hexadecimal, lower case, without colons. */
  readonly fingerprint: string
  /** ISO 8601 in UTC. */
  readonly notBefore: string
  readonly notAfter: string
}
