import type { ByteLink } from '../../byte-link.ts'
import type { LayeredClient } from '../../client-facts.ts'
import type { RawLink } from '../../raw-link.ts'
import type { LayerEvents, Opening, ServerLayer } from '../layer.ts'
import { PendingClient } from '../pending-client.ts'
import { rawLinkOf } from '../raw-link-of.ts'
import { readHello } from './client-hello.ts'
import { alerts } from './handshake.ts'
import { showHello } from './show-hello.ts'

/** Which clients pass. */
export interface PassOptions {
  /** Returns true if TLS with this server name, `''` for none, is not ended here. */
  readonly passes: (serverName: string) => boolean
  readonly timeoutMs: number
}

/** Type of the record that carries a ClientHello (RFC 8446 §5.1). */
const HANDSHAKE = 22

/** A client whose ClientHello is not whole. */
class PendingPass extends PendingClient {
  readonly #passes: PassOptions['passes']

  constructor (link: RawLink, client: LayeredClient, events: LayerEvents, { passes, timeoutMs }: PassOptions) {
    super(link, client, events, timeoutMs)
    this.#passes = passes
  }

  protected get before (): string { return 'its TLS hello' }
  protected get missing (): string { return 'whole TLS hello' }

  protected waits (bytes: Buffer): boolean {
    // Another protocol of this port.
    const hello = bytes[0] === HANDSHAKE ? readHello(bytes) : undefined
    if (typeof hello === 'number') return true
    const passes = hello?.unread === false && this.#passes(hello.serverName)
    // Authorities come whatever the rules say, where TLS ends here: it answers them, and nothing else.
    if (
      hello?.unread === false && (passes || !hello.validates) && !this.client.helloSeen &&
      this.events.wantsHellos === true
    ) {
      const refusal = showHello(this.client, bytes, this.events)
      if (refusal !== undefined) {
        const error = { kind: refusal.kind, message: refusal.detail }
        if (refusal.alert) this.refuse(error, alerts.accessDenied)
        else this.abandon(error)
        return false
      }
    }
    const link = this.opened(bytes)
    if (!passes) {
      this.events.onOpen(link)
      return false
    }
    if (hello.serverName !== '') this.client.serverName = hello.serverName
    this.client.passed = true
    this.events.onChosen!(link, [])
    return false
  }
}

/**
 * TLS that passes by its server name: holds the ClientHello, decides, and gives it to the layers above, or to nobody.
 */
export class PassServerLayer implements ServerLayer {
  readonly name = 'pass'
  readonly #options: PassOptions
  constructor (options: PassOptions) {
    this.#options = options
  }
  passes (serverName: string): boolean {
    return this.#options.passes(serverName)
  }
  open (below: ByteLink, client: LayeredClient, events: LayerEvents): Opening {
    return new PendingPass(rawLinkOf(below), client, events, this.#options)
  }
}

/** Returns true if TLS with this server name would not end at these layers. */
export const passesThrough = (layers: readonly ServerLayer[], serverName: string): boolean =>
  layers.some(layer => layer instanceof PassServerLayer && layer.passes(serverName))
