import type { Inlet } from '../direction/inlet.ts'
import { PlainOutlet } from '../direction/plain-outlet.ts'
import type { ClientSide } from './client-side.ts'

/** The one server of a connection, as its outlets see it. */
export interface ServerSide {
  /** Where the server's bytes come in, once it is there. */
  readonly inlet: Inlet | undefined
  /** Pass bytes on to the server, or keep them until it is there. False: its link takes no more for now. */
  passOn (bytes: Uint8Array, owned: boolean): boolean
  /** Originated bytes that waited for room have it again: continue with the messages of both peers. */
  onOwnRoom (): void
}

/**
 * Originated bytes that fill a peer stop both sides until it has room: either side's bytes may cause more of them.
 */
abstract class OneServerOutlet extends PlainOutlet {
  protected readonly connection: ClientSide
  protected readonly server: ServerSide

  constructor (connection: ClientSide, server: ServerSide) {
    super()
    this.connection = connection
    this.server = server
  }

  protected get cap (): number { return this.connection.maxHeld }
  protected onRoom (): void { this.server.onOwnRoom() }
}

/** The stream to the client: its one server's bytes, and originated ones. */
export class ClientOutlet extends OneServerOutlet {
  protected get source (): Inlet | undefined { return this.server.inlet }

  protected put (bytes: Uint8Array): void {
    const { client, clientInlet } = this.connection
    if (client.writeOwned(bytes)) return
    this.server.inlet?.holdForOther()
    clientInlet.holdForOwn()
  }

  protected onPut (): void { this.connection.onReplied() }
}

/** The stream to the one server: the client's bytes, and originated ones. */
export class ServerOutlet extends OneServerOutlet {
  protected get source (): Inlet | undefined { return this.connection.clientInlet }

  protected put (bytes: Uint8Array): void {
    if (this.server.passOn(bytes, true)) return
    this.connection.clientInlet.holdForOther()
    this.server.inlet?.holdForOwn()
  }

  protected onPut (): void { this.connection.onMessagePassed() }
}
