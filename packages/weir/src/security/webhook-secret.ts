import { readFile } from 'node:fs/promises'
import { WeirError } from '@weirlb/model'

/** Shorter secrets can be guessed. */
const LEAST_BYTES = 16
const PREFIX = 'whsec_'
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * Returns the secret in a file: base64 behind `whsec_`, as Standard Webhooks has it, or the text itself. Rejects with
 * config-invalid; the message has nothing of the secret.
 */
export const readWebhookSecret = async (file: string): Promise<Buffer> => {
  let text: string
  try {
    text = (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new WeirError(
      'config-invalid',
      `securityWebhook.secretFile: ${file} cannot be read: ${
        (error as NodeJS.ErrnoException).code ?? (error as Error).message
      }`,
      { cause: error }
    )
  }
  const coded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : undefined
  if (coded !== undefined && !BASE64.test(coded))
    throw new WeirError('config-invalid', `securityWebhook.secretFile: what follows ${PREFIX} in ${file} is not base64`)
  const secret = coded === undefined ? Buffer.from(text) : Buffer.from(coded, 'base64')
  if (secret.length < LEAST_BYTES)
    throw new WeirError(
      'config-invalid',
      `securityWebhook.secretFile: ${file} has ${secret.length} bytes; a secret has ${LEAST_BYTES} at least`
    )
  return secret
}
