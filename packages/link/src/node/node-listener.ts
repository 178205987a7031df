import { Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Peer } from '../client-facts.ts'
import { listenError } from '../listen-error.ts'
import type { KeepAlive, Listener, ListenerEvents, ListenOptions, SharedSocket } from '../transport.ts'
import { HIGH_WATER } from './node-link.ts'
import { plainAddress } from './socket-address.ts'
import { PlainSocket, sharedRead } from './socket-owner.ts'
import { StreamLink } from './stream-link.ts'
import { TcpLink } from './tcp-link.ts'

/**
 * Connections that the kernel completes before we take them; it caps this at net.core.somaxconn (4096 by default on
 * Linux).
 */
const BACKLOG = 4096

/** The part of Node's TCP handle that we use beyond its public types. */
interface TcpHandle {
  getpeername (out: { address?: string, port?: number }): number
  setNoDelay (on: boolean): number
  /** Close with a reset, which leaves nothing behind. */
  reset (): number
  close (): void
}
interface ListeningServer { _handle: { onconnection: (status: number, handle: TcpHandle | undefined) => void } }

const peerOf = (address: string, port: number): Peer => ({ address: plainAddress(address), port })

const bind = (server: Server, options: ListenOptions, fd: number | undefined): Promise<void> => new Promise((resolve, reject) => {
  const onError = (error: Error): void => { reject(listenError(options, (error as NodeJS.ErrnoException).code ?? '', error)) }
  server.once('error', onError)
  server.listen(fd === undefined ? { host: options.address, port: options.port, reusePort: options.reusePort, backlog: BACKLOG, exclusive: true } : { fd, backlog: BACKLOG, exclusive: true }, () => {
    server.off('error', onError)
    // Failed accepts (out of file descriptors): libuv drops the connection and continues. Without a listener Node
    // would end the process.
    server.on('error', () => {})
    resolve()
  })
})

/**
 * The part of a listening handle that we use beyond Node's public types. On Linux accepted sockets inherit its
 * options, so a client costs no call.
 */
interface ListeningHandle {
  setKeepAlive(on: boolean, idleSeconds: number, intervalSeconds: number, probes: number): number
}

const keepAlive = (server: Server, { idleSeconds, intervalSeconds, probes }: KeepAlive): void => {
  const { _handle: handle } = server as unknown as { readonly _handle: ListeningHandle }
  handle.setKeepAlive(idleSeconds > 0, idleSeconds, intervalSeconds, probes)
}

/** Listening servers of Node's: one, or one for each inherited socket of the same address. */
class NodeListener implements Listener {
  readonly address: string
  readonly port: number
  readonly #servers: readonly Server[]

  constructor (servers: readonly Server[], options: ListenOptions) {
    const { address, port } = servers[0]!.address() as AddressInfo
    this.address = address
    this.port = port
    this.#servers = servers
    if (options.keepAlive !== undefined) this.setKeepAlive(options.keepAlive)
  }

  share (): readonly SharedSocket[] {
    return this.#servers.map(server => (server as unknown as { readonly _handle: SharedSocket })._handle)
  }
  setKeepAlive (options: KeepAlive): void {
    for (const server of this.#servers) keepAlive(server, options)
  }

  close (): undefined { for (const server of this.#servers) server.close() }
}

/** Listen; rejects as `Transport.listen` promises. */
export const listenNode = async (options: ListenOptions, events: ListenerEvents): Promise<Listener> => {
  const servers: Server[] = []
  try {
    for (const fd of options.inherited ?? [undefined]) {
      const server = new Server()
      servers.push(server)
      await bind(server, options, fd)
      takeOver(server, options, events)
    }
  } catch (error) {
    for (const server of servers) server.close()
    throw error
  }
  return new NodeListener(servers, options)
}

const takeOver = (server: Server, options: ListenOptions, events: ListenerEvents): void => {
  const accept = options.nodeSockets === true ? acceptStream : acceptPlain
  // net.Server creates its own Socket for each accepted handle, without `onread`, and has no option to pass it
  // through. Wrapping the handle a second time would cost two sockets per client. So we replace net.Server's accept
  // function and create the one socket we need.
  ;(server as unknown as ListeningServer)._handle.onconnection = (status, handle) => {
    if (status !== 0 || handle === undefined) return
    const name: { address?: string, port?: number } = {}
    if (handle.getpeername(name) !== 0 || name.address === undefined || name.port === undefined) {
      // Reset between the handshake and the accept: there is no client to serve.
      handle.close()
      return
    }
    const peer = peerOf(name.address, name.port)
    if (events.onPeer?.(peer) === false) {
      handle.reset()
      return
    }
    handle.setNoDelay(true)
    accept(handle, peer, events)
  }
}

const acceptPlain = (handle: TcpHandle, peer: Peer, events: ListenerEvents): void => {
  events.onLink(
    new TcpLink(
      new PlainSocket({ handle, onread: sharedRead, allowHalfOpen: true, writableHighWaterMark: HIGH_WATER } as object),
      peer
    )
  )
}

// A socket with `onread` cannot be given to TLS: see `sharedRead`.
const acceptStream = (handle: TcpHandle, peer: Peer, events: ListenerEvents): void => {
  const socket = new PlainSocket({ handle, allowHalfOpen: true, highWaterMark: HIGH_WATER } as object)
  const link = new StreamLink(socket, socket, peer)
  events.onLink(link)
  link.start()
}
