import type { LayerName } from '@weirlb/model'
import type { ByteLink, LinkError } from '../byte-link.ts'
import type { LayeredClient } from '../client-facts.ts'
import type { HttpExchange } from './exchange.ts'
import type { DialOptions } from '../transport.ts'

/** A request for a WebSocket. */
export interface UpgradeRequest {
  readonly method: string
  /** The Host header. */
  readonly host: string | undefined
  /** Path and query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[]
  /** Its client came over TLS, here or at the balancer in front. */
  readonly secure: boolean
}

/** Why a client gets no WebSocket, and the response that says so. */
export interface UpgradeRefusal {
  readonly kind: 'rule' | 'rate-limit' | 'banned' | 'challenge' | 'not-allowed' | 'function' | 'function-failed'
  readonly detail: string
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string | Uint8Array
}

/**
 * What a client gets that asks for a WebSocket, in its place; undefined: it may have one. The promise is never
 * rejected.
 */
export type UpgradeDecision = UpgradeRefusal | undefined | Promise<UpgradeRefusal | undefined>

/** Why a client is refused by its TLS hello; `alert`: it is told so, in place of a reset. */
export interface HelloAnswer { readonly kind: 'rule' | 'banned', readonly detail: string, readonly alert: boolean }

/** Receives the result of opening a layer: one of the two calls, once, perhaps before `open` returns. */
export interface LayerEvents {
  /** The layer is open. The next one uses `link`, which delivers nothing before this returns. */
  onOpen (link: ByteLink): void
  /** In place of `onOpen`, once: the layer is open, and the layers above it are these. */
  onChosen? (link: ByteLink, layers: readonly ServerLayer[]): void
  /** It does not, and the layer has closed what is below. `silent`: the peer had not sent a byte. */
  onFailed (error: LinkError, silent: boolean): void
  /**
   * For a layer that answers its clients itself: a request arrived; set its events before this returns. Called any
   * number of times, before one of the ends.
   */
  onRequest? (exchange: HttpExchange): void
  /** True if somebody looks at hellos of TLS; only then are they read for it. */
  readonly wantsHellos?: boolean
  /** The hello of a client is in its facts, and no handshake has begun. Returns why the client is refused, if it is. */
  onHello? (): HelloAnswer | undefined
  /** A client asks for a WebSocket. */
  onUpgrade? (request: UpgradeRequest): UpgradeDecision
  /** In place of the other ends: the client has got what it came for from this layer, and is gone. */
  onServed? (bytesRead: number, bytesWritten: number): void
}

/** A layer that is being opened. */
export interface Opening {
  /** Abandon the layer: the link below is closed, without a call. Not after one of the events. */
  cancel (): void
  /**
   * Take no further request, and end when those under way have ended. Only on a layer that answers its clients itself;
   * others are cancelled.
   */
  drain? (): void
}

/**
 * A layer with all that it needs for its connections. The links that it has opened live on when its configuration is
 * another.
 */
export interface Layer<About> {
  readonly name: LayerName
  /**
   * Open the layer on a link without a reader. A pause set by others is resumed by them later. `about`: the other end
   * of the connection.
   */
  open (below: ByteLink, about: About, events: LayerEvents): Opening
}

/**
 * A layer of a listener's clients. `open` adds its facts about the client, which are the peer of the new link, and
 * has its own deadline. Limits of a layer (simultaneous handshakes, or per second) apply there, before anything is
 * created for the client.
 */
export type ServerLayer = Layer<LayeredClient>

/**
 * Bytes to a server before TLS, and the answer that lets it continue: exactly `accepts`, or a line that begins so.
 * Lines that begin with `skips` precede it.
 */
export interface TlsStep {
  readonly send: readonly number[]
  readonly accepts: string
  readonly line: boolean
  readonly skips: string | undefined
}

/** For whom a server is dialled. */
export interface DialClient {
  /** Id of its connection, as shown to people. */
  readonly id: string
  readonly client: ByteLink
  /** How its protocol starts TLS with servers, if it can. */
  readonly declaration: { readonly serverTls: readonly TlsStep[] | undefined }
}

/** The two ends of a dial: the server, and the client; undefined for a probe. */
export interface DialAbout { readonly server: DialOptions, readonly client: DialClient | undefined }

/**
 * A layer of the connections to a server; the deadline is the dial's. Its public fields are its configuration:
 * monitors with equal layers to one server are one.
 */
export interface DialLayer extends Layer<DialAbout> {
  /** The pending step when the dial's time is over: `TLS handshake`. */
  readonly what: string
}
