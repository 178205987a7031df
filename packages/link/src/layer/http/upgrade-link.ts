import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { LayeredClient } from '../../client-facts.ts'
import { StreamLink } from '../../node/stream-link.ts'

/** The connection of a client that requested another protocol; the layer above opens or refuses it. */
export class UpgradeLink extends StreamLink {
  readonly request: IncomingMessage
  /** Bytes after the request. */
  readonly head: Buffer

  constructor (socket: Socket, client: LayeredClient, request: IncomingMessage, head: Buffer) {
    super(socket, (socket as Socket & { readonly _parent?: Socket | null })._parent ?? socket, client)
    this.request = request
    this.head = head
  }
}
