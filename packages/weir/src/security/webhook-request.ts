import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { version } from '../version.ts'

/** Time for one attempt. */
const REQUEST_MS = 10_000

/** One delivery: the same in each attempt. */
export interface Delivery { readonly id: string, readonly body: string }

/** Makes a delivery of a body. */
export const newDelivery = (body: string): Delivery => ({ id: `msg_${randomUUID()}`, body })

/** How an attempt ended; undefined: it was taken. `final`: another attempt would end so too. */
export interface WebhookFailure { readonly reason: string, readonly final: boolean }

/**
 * Sends deliveries, signed as Standard Webhooks has it: `v1,` and the HMAC-SHA256 of identifier, time and body in
 * base64.
 */
export class WebhookRequest {
  readonly #url: URL
  readonly #agent: HttpAgent | HttpsAgent

  constructor (url: string) {
    this.#url = new URL(url)
    const options = { keepAlive: true, maxSockets: 1 }
    this.#agent = this.#url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options)
  }

  /** The address as it may be logged: without its query. */
  get shown (): string { return `${this.#url.origin}${this.#url.pathname}` }

  /** Never rejects. `signal`: the end of all attempts. */
  async send ({ id, body }: Delivery, secret: Buffer, stop: AbortSignal): Promise<WebhookFailure | undefined> {
    const timestamp = String(Math.floor(Date.now() / 1000))
    const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
    const signal = AbortSignal.any([stop, AbortSignal.timeout(REQUEST_MS)])
    try {
      const send = this.#url.protocol === 'https:' ? httpsRequest : httpRequest
      const sent = send(this.#url, {
        agent: this.#agent, method: 'POST', signal,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': `weir/${version}`,
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${signature}`
        }
      })
      // An error behind the head of the response is of no interest.
      sent.on('error', () => {})
      sent.end(body)
      const [response] = await once(sent, 'response') as [IncomingMessage]
      response.resume()
      const status = response.statusCode!
      if (status >= 200 && status < 300) return undefined
      // A redirect could lead into a network that only this machine reaches: it is not followed.
      if (status >= 300 && status < 400) return { reason: `status ${status}: redirects are not followed`, final: true }
      return { reason: `status ${status}`, final: status < 500 && status !== 408 && status !== 425 && status !== 429 }
    } catch (error) {
      return {
        reason: signal.aborted
          ? `no answer within ${REQUEST_MS / 1000} s`
          : (error as NodeJS.ErrnoException).code ?? (error as Error).message,
        final: false
      }
    }
  }

  close (): void { this.#agent.destroy() }
}
