import { WeirClient, type EntityStatus } from '@weirlb/admin/client'

/** Where the operations of the collections are. */
const shows = {
  services: 'getService',
  extensions: 'getExtension',
  'lb-vservers': 'getLbVserver',
  'user-vservers': 'getUserVserver'
} as const

/** Weir's REST API, with what tests ask of it most. */
export class Api extends WeirClient {
  /** What stands before `/v1`. */
  readonly base: string

  constructor (base: string) {
    super({ url: base })
    this.base = base
  }

  /** `up`, `down`, …: the status of an entity, as in `services/mqtt-1`. */
  async status (path: `${keyof typeof shows}/${string}`): Promise<string> {
    const [collection, name] = path.split('/') as [keyof typeof shows, string]
    return (await this.#shown(collection, name)).value
  }

  /** The port that a user vserver listens on. */
  async port (userVserver: string): Promise<number> {
    const { listening, value, reason } = await this.#shown('user-vservers', userVserver)
    if (listening === undefined)
      throw new Error(`user vserver ${userVserver} is ${value}: ${reason ?? 'not listening'}`)
    return listening.port
  }

  async #shown (collection: keyof typeof shows, name: string): Promise<EntityStatus> {
    return (await this.call(shows[collection], { path: { name } })).body.status!
  }
}
