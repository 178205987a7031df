import { describeValue, WeirError } from '@weirlb/model'

/** Where security events are sent. */
export interface WebhookOptions {
  /** `https://…`, or `http://…` in a network of one's own. */
  readonly url: string
  /**
   * File with the secret of the signatures: at least 16 bytes; `whsec_` before base64, or text. It is read anew for
   * each attempt.
   */
  readonly secretFile: string
}

/** Throws config-invalid for an address that cannot be. */
export const checkWebhookOptions = ({ url, secretFile }: WebhookOptions): void => {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:'))
    throw wrong('url', `expected a URL of https or http; got ${describeValue(url)}`)
  // A log line has the URL's origin and path alone; a password in it would still be sent to whom a typing error chose.
  if (parsed.username !== '' || parsed.password !== '')
    throw wrong('url', 'a user name or password in the URL is not taken: the signature shows who sends')
  if (typeof secretFile !== 'string' || secretFile === '')
    throw wrong('secretFile', `expected the path of a file; got ${describeValue(secretFile)}`)
}

const wrong = (path: string, message: string): WeirError =>
  new WeirError('config-invalid', `securityWebhook.${path}: ${message}`, {
    issues: [{ path: `securityWebhook.${path}`, message }]
  })
