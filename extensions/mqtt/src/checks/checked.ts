import type { Bytes } from '@weirlb/sdk'
import type { Level } from '../packet/level.ts'

/** Packet identifiers that are remembered of one client: more would be a way to take memory. */
export const MOST_TRACKED = 1024

/** What checks have to know of the connection besides its packet. */
export interface CheckedClient {
  readonly level: Level
  /** The client has sent DISCONNECT. */
  readonly over: boolean
  readonly aliasMaximum: number
  readonly checked: Checked
  /** Nobody but the server answers messages, so that what it acknowledges shows what is open. */
  readonly tracks: boolean
}

const NOTHING = new Uint8Array(0)

/** What checks remember of a client. */
export class Checked {
  /** CONNECT has named an authentication method, or was not seen. */
  authenticates: boolean
  /** The server's Receive Maximum. */
  receiveMaximum = 65_535
  /** The last topic without a finding, and its levels: most clients have one. */
  topic: Bytes = NOTHING
  levels = 0
  /** Messages of QoS 1 and 2 that the server has not acknowledged. */
  readonly #unacknowledged = new Set<number>()
  /** Messages of QoS 2 that the client has not released. */
  readonly #unreleased = new Set<number>()

  /** `authenticates`: true for a client whose CONNECT was not seen. */
  constructor (authenticates: boolean) { this.authenticates = authenticates }

  /** The client sends a message. Returns false where one of QoS 2 has its identifier. */
  sent (packetId: number, qos: number): boolean {
    if (qos === 2 && this.#unreleased.has(packetId)) return false
    remember(this.#unacknowledged, packetId)
    if (qos === 2) remember(this.#unreleased, packetId)
    return true
  }

  /** True where the server takes no further message now. */
  get full (): boolean { return this.#unacknowledged.size >= this.receiveMaximum }

  isOpen (packetId: number): boolean { return this.#unacknowledged.has(packetId) }

  released (packetId: number): void { this.#unreleased.delete(packetId) }

  /** The server is done with a message; `refused`: one of QoS 2, which has no release then. */
  acknowledged (packetId: number, refused: boolean): void {
    this.#unacknowledged.delete(packetId)
    if (refused) this.#unreleased.delete(packetId)
  }
}

/** Of too many the oldest is forgotten. */
const remember = (ids: Set<number>, id: number): void => {
  if (ids.size >= MOST_TRACKED) ids.delete(ids.values().next().value!)
  ids.add(id)
}
