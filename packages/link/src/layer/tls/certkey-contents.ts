import type { AcmeChallenge } from '@weirlb/model'

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
  /**
   * How its names are validated, if its certificate is ordered from an authority; `cert` is undefined before the first.
   */
  readonly acmeChallenge?: AcmeChallenge | undefined
}
