import type { ByteLink } from '../../byte-link.ts'
import type { LayeredClient } from '../../client-facts.ts'
import type { RawLink } from '../../raw-link.ts'
import type { LayerEvents, Opening, ServerLayer } from '../layer.ts'
import { PendingClient } from '../pending-client.ts'
import { rawLinkOf } from '../raw-link-of.ts'
import { kindOf, type ByteRange, type Kind, type Kinds } from './first-bytes.ts'

/** What becomes of one kind of clients. */
export interface Way {
  /** The user protocol; undefined: above these layers is another choice. */
  readonly protocol: string | undefined
  /** The layers above the choice. */
  readonly layers: readonly ServerLayer[]
}

/** The ways from one choice; kinds of clients without one are refused. */
export interface ChooseOptions {
  readonly ways: Readonly<Partial<Record<Kind, Way>>>
  /** First bytes of clients of the way `raw`; undefined: any. */
  readonly begins: readonly ByteRange[] | undefined
  /** The choice is above our TLS: what was agreed on by ALPN decides. */
  readonly aboveTls: boolean
  readonly timeoutMs: number
}

/** For a client whose ALPN decides there is nothing to wait for. */
const nothing: Opening = { cancel () {} }

/** A client whose first bytes have not decided: at most the longest HTTP method, and one chunk. */
class PendingChoice extends PendingClient {
  readonly #owner: ChooseServerLayer

  constructor (link: RawLink, client: LayeredClient, events: LayerEvents, owner: ChooseServerLayer) {
    super(link, client, events, owner.options.timeoutMs)
    this.#owner = owner
  }

  protected get before (): string { return 'its protocol was known' }
  protected get missing (): string { return 'protocol was known' }

  protected waits (bytes: Buffer): boolean {
    const kind = kindOf(bytes, this.#owner.kinds)
    if (kind === undefined) return true
    if (kind === 'none') {
      const first = bytes[0]!.toString(16).padStart(2, '0')
      this.refuse({ kind: 'protocol', message: `the first byte 0x${first} fits none of ${this.#owner.names}` })
    } else {
      this.#owner.choose(kind, this.opened(bytes), this.client, this.events)
    }
    return false
  }
}

/**
 * The choice between the user protocols that share a port: holds the first bytes, decides, and gives them to the chosen
 * layers.
 */
export class ChooseServerLayer implements ServerLayer {
  readonly name = 'choose'
  readonly options: ChooseOptions
  readonly kinds: Kinds

  constructor (options: ChooseOptions) {
    const { ways: { tls, http, raw }, begins } = options
    this.options = options
    this.kinds = { tls: tls !== undefined, http: http !== undefined, raw: raw !== undefined, begins }
  }

  /** All layers above it. */
  get layers (): readonly ServerLayer[] { return Object.values(this.options.ways).flatMap(({ layers }) => layers) }

  /** The choices, for people. */
  get names (): string {
    return Object.entries(this.options.ways).map(([kind, { protocol }]) => protocol ?? kind).join(', ')
  }

  /** Returns the user protocol that these first bytes choose here; undefined for none, or none yet. */
  protocolOf (bytes: Uint8Array): string | undefined {
    const kind = kindOf(bytes, this.kinds)
    return kind === undefined || kind === 'none' ? undefined : this.options.ways[kind]!.protocol
  }

  open (below: ByteLink, client: LayeredClient, events: LayerEvents): Opening {
    const kind = this.#agreedOn(client)
    if (kind === undefined) return new PendingChoice(rawLinkOf(below), client, events, this)
    this.choose(kind, below, client, events)
    return nothing
  }

  /** What ALPN says (RFC 7301); a balancer in front that reports its own says nothing about these bytes. */
  #agreedOn ({ alpn, proxied }: LayeredClient): Kind | undefined {
    if (!this.options.aboveTls || alpn === undefined || alpn === proxied?.alpn) return undefined
    const kind = alpn === 'http/1.1' || alpn === 'http/1.0' ? 'http' : 'raw'
    return this.options.ways[kind] === undefined ? undefined : kind
  }

  choose (kind: Kind, link: ByteLink, client: LayeredClient, events: LayerEvents): void {
    const { protocol, layers } = this.options.ways[kind]!
    client.protocol = protocol
    events.onChosen!(link, layers)
  }
}

/** What a client's first bytes choose: a user protocol, or undefined where none fits or more bytes are needed. */
export interface ProtocolChoice { readonly withoutTls: string | undefined, readonly overTls: string | undefined }

/** Returns what first bytes, at least one, would choose without ALPN; undefined where the layers leave no choice. */
export const choiceOf = (layers: readonly ServerLayer[], bytes: Uint8Array): ProtocolChoice | undefined => {
  const choice = layers.find(layer => layer instanceof ChooseServerLayer)
  if (choice === undefined) return undefined
  if (choice.options.aboveTls) return { withoutTls: undefined, overTls: choice.protocolOf(bytes) }
  const { tls } = choice.options.ways
  const above = tls?.layers.find(layer => layer instanceof ChooseServerLayer)
  return {
    withoutTls: choice.protocolOf(bytes),
    overTls: above === undefined ? tls?.protocol : above.protocolOf(bytes)
  }
}
