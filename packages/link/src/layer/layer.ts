import type { LayerName } from '@weirlb/model'
import type { ByteLink, LinkError } from '../byte-link.ts'
import type { LayeredClient } from '../client-facts.ts'
import type { HttpExchange } from './exchange.ts'
import type { DialOptions } from '../transport.ts'

/** Who is told what becomes of a layer that is being opened: one of the two, once. It may be told before `open` returns. */
export interface LayerEvents {
  /** The layer stands. `link` is what the next one is put on, and delivers nothing before this returns. */
  onOpen (link: ByteLink): void
  /** It does not, and the layer has closed what is below. `silent`: the peer had not sent a byte. */
  onFailed (error: LinkError, silent: boolean): void
  /** Of a layer that answers its clients itself: a request came, whose events have to be set before this returns. Any number of times, before one of the ends. */
  onRequest? (exchange: HttpExchange): void
  /** In place of the other ends: the client has got what it came for from this layer, and is gone. */
  onServed? (bytesRead: number, bytesWritten: number): void
}

/** A layer that is being opened. */
export interface Opening {
  /** Give up: what is below is closed, and nobody is told. Not after one of the events. */
  cancel (): void
}

/** A layer with all that it needs for its connections. The links that it has opened live on when its configuration is another. */
export interface Layer<About> {
  readonly name: LayerName
  /** Put the layer on a link that nobody reads. Who has paused it resumes it later. `about`: whom the connection is with. */
  open (below: ByteLink, about: About, events: LayerEvents): Opening
}

/**
 * A layer of the clients of a listener. `open` fills its part of what is known of the client, which is the peer of the link that it gives, and keeps a deadline of its own.
 * What limits a layer (handshakes at one time, or in a second) is asked there, before anything is made for the client.
 */
export type ServerLayer = Layer<LayeredClient>

/** For whom a server is dialled. */
export interface DialClient {
  /** Of its connection, as people are shown it. */
  readonly id: string
  readonly client: ByteLink
}

/** What a dial is about: the server, and the client; undefined for a probe. */
export interface DialAbout { readonly server: DialOptions, readonly client: DialClient | undefined }

/** A layer of the connections to a server; the deadline is the dial's. Its public fields say what it does: monitors with equal layers to one server are one. */
export interface DialLayer extends Layer<DialAbout> {
  /** What is missing when the dial's time is over: `TLS handshake`. */
  readonly what: string
}
