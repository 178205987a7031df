/**
 * The contents of a certkey: those of its files replace their paths, and its key is not encrypted. Workers and
 * monitors receive this.
 */
export interface CertkeyContents {
  readonly name: string
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly ca?: string | undefined
  readonly crl?: string | undefined
  readonly psk?: string | undefined
  /** An OCSP response, DER in base64. */
  readonly ocsp?: string | undefined
}
