import type { ByteLink, LinkError } from './byte-link.ts'

/** TCP keep-alive (tcp(7)): when a connection on which nothing moves is probed, how often, and how many probes go unanswered before it is over. 0 idle: never. */
export interface KeepAlive { readonly idleSeconds: number, readonly intervalSeconds: number, readonly probes: number }

export interface ListenOptions {
  readonly address: string
  /** 0 picks a free port. */
  readonly port: number
  /** Share the port with other processes (SO_REUSEPORT). */
  readonly reusePort: boolean
  /** Of the clients' connections. Default: none. */
  readonly keepAlive?: KeepAlive | undefined
  /** Present on TLS listeners. */
  readonly tls: TlsServerOptions | undefined
}

/** Certificates of a TLS listener: the first is the default, each answers to the names in it. PEM. */
export interface TlsServerOptions {
  /** `name`: the certkey, for errors. */
  readonly certificates: readonly { readonly name: string, readonly cert: string, readonly key: string }[]
}

export interface ListenerEvents {
  /** A client is connected (and its handshake is over); a new link delivers nothing before this returns. */
  onLink (link: ByteLink): void
  /** A client's handshake failed; `silent`: it had not sent a byte. */
  onHandshakeFailed (address: string, message: string, silent: boolean): void
}

/** A listening socket. */
export interface Listener {
  readonly address: string
  /** The port in use, also when 0 was asked. */
  readonly port: number
  /** Take new certificates for handshakes to come. */
  setTls (options: TlsServerOptions): void
  /** Probe connections to come like this. */
  setKeepAlive (keepAlive: KeepAlive): void
  /** Stop accepting; links live on. */
  close (): void
}

export interface DialOptions {
  readonly address: string
  readonly port: number
  readonly timeoutMs: number
  /** Default: none. */
  readonly keepAlive?: KeepAlive | undefined
  /** Present to open TLS to the server. */
  readonly tls: TlsClientOptions | undefined
}
export interface TlsClientOptions { readonly serverName: string | undefined, readonly verify: boolean, readonly ca: string | undefined }

export interface DialSink {
  onConnected (link: ByteLink): void
  onFailed (error: LinkError): void
}

/** A dial in flight. */
export interface Dial {
  /** Give up; the sink is told nothing. */
  cancel (): void
}

/** A way to the operating system's sockets. */
export interface Transport {
  /** Throws WeirError certificate-invalid when a listener could not serve these certificates; `listen` and `setTls` take what passed. */
  checkTls (options: TlsServerOptions): void
  /** Rejects with WeirError address-taken, address-unusable or certificate-invalid. */
  listen (options: ListenOptions, events: ListenerEvents): Promise<Listener>
  dial (options: DialOptions, sink: DialSink): Dial
}
