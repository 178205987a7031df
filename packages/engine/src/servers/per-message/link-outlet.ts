import type { Inlet } from '../../direction/inlet.ts'
import { JudgedInlet } from '../../direction/judged-inlet.ts'
import { PlainOutlet } from '../../direction/plain-outlet.ts'
import type { ClientSide } from '../client-side.ts'
import type { ServerLink } from './server-link.ts'
import type { LinkUser } from './server-links.ts'

/** The stream to one server of several: the client's messages for it, and originated bytes. */
export class LinkOutlet extends PlainOutlet {
  readonly #connection: ClientSide
  readonly #user: LinkUser
  readonly #server: ServerLink

  constructor (connection: ClientSide, user: LinkUser, server: ServerLink) {
    super()
    this.#connection = connection
    this.#user = user
    this.#server = server
  }

  // Only while the client's present message goes there.
  protected get source (): Inlet | undefined {
    return this.#user.isCurrent(this.#server) ? this.#connection.clientInlet : undefined
  }
  protected put (bytes: Uint8Array): void {
    this.#server.needOwn()
    this.#server.put(bytes, 0, bytes.length, true)
  }
  protected onPut (): void {}
  protected get cap (): number { return this.#connection.maxHeld }

  protected onRoom (): void {
    const { inlet } = this.#server
    if (inlet instanceof JudgedInlet) inlet.advance()
  }
}
