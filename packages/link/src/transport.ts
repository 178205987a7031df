import type { ByteLink, LinkError } from './byte-link.ts'
import type { Peer } from './client-facts.ts'

/**
 * TCP keep-alive (tcp(7)): when a connection on which nothing moves is probed, how often, and how many probes go
 * unanswered before it is over. 0 idle: never.
 */
export interface KeepAlive { readonly idleSeconds: number, readonly intervalSeconds: number, readonly probes: number }

export interface ListenOptions {
  readonly address: string
  /** 0 picks a free port. */
  readonly port: number
  /** Share the port with other processes (SO_REUSEPORT). */
  readonly reusePort: boolean
  /**
   * Sockets that listen on this address already, as descriptors of this process; they are accepted from, and closed at
   * the end. Default: one is opened.
   */
  readonly inherited?: readonly number[] | undefined
  /** Keep-alive of the clients' connections. Default: none. */
  readonly keepAlive?: KeepAlive | undefined
  /**
   * Links are made of Node's own sockets, on any transport, so that layers can be put on them that Node makes. Default:
   * false.
   */
  readonly nodeSockets?: boolean | undefined
}

export interface ListenerEvents {
  /**
   * A client is connected, and nothing was made for it. False: it may not come in, and its connection is reset. Without
   * this all come in.
   */
  onPeer? (peer: Peer): boolean
  /** A client is connected. Its link delivers nothing before this returns. */
  onLink (link: ByteLink): void
}

/** A socket of a listener; one of Node's is its native handle. */
export interface SharedSocket { readonly fd: number }

/** A listening socket. */
export interface Listener {
  readonly address: string
  /** The port in use, also if 0 was requested. */
  readonly port: number
  /**
   * Returns its sockets, so that another process can accept from them too; each has its descriptor. From then on they
   * go on listening after `close`, for the other one.
   */
  share (): readonly SharedSocket[]
  /** Probe connections to come like this. */
  setKeepAlive (keepAlive: KeepAlive): void
  /** Stop accepting; links live on. Shared sockets may bring a last few clients, until the promise resolves. */
  close (): Promise<void> | undefined
}

export interface DialOptions {
  /** An IP address, or a host name. */
  readonly address: string
  /** The addresses of the host name, where they are known; undefined: it is looked up. They are tried in turn. */
  readonly addresses?: readonly string[] | undefined
  readonly port: number
  readonly timeoutMs: number
  /** Default: none. */
  readonly keepAlive?: KeepAlive | undefined
  /** As in `ListenOptions`. */
  readonly nodeSockets?: boolean | undefined
}

export interface DialSink {
  /** The link delivers nothing before this returns. */
  onConnected (link: ByteLink): void
  onFailed (error: LinkError): void
}

/** A dial in flight. */
export interface Dial {
  /** Abandon the dial; the sink gets no call. */
  cancel (): void
}

/** The operating system's sockets. Layers (`layer/`) are added above them. */
export interface Transport {
  /** Rejects with WeirError address-taken or address-unusable. */
  listen (options: ListenOptions, events: ListenerEvents): Promise<Listener>
  dial (options: DialOptions, sink: DialSink): Dial
  /**
   * Call when all that has arrived together is delivered, before what is written meanwhile leaves. Without this, the
   * same time is when Node's loop has turned.
   */
  soon? (call: () => void): void
}
