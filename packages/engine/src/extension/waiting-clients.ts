import type { GuestClient } from './guest-client.ts'
import { wake } from './one-by-one.ts'

/** Connections that found no room in the next crossing, or no guest. */
export class WaitingClients {
  #clients = new Set<GuestClient>()

  /** Add a waiting client. Returns false, the result of its request. */
  add (client: GuestClient): false {
    this.#clients.add(client)
    return false
  }

  delete (client: GuestClient): void { this.#clients.delete(client) }

  /** All of them; none waits any more. */
  takeAll (): Set<GuestClient> {
    const clients = this.#clients
    this.#clients = new Set()
    return clients
  }

  /** There may be room again. */
  wakeAll (): void {
    if (this.#clients.size > 0) for (const client of this.takeAll()) wake(client)
  }
}
