import type { Explanation } from '@weirlb/engine'
import type { ExplainOptions, UserVservers } from '../api/collections.ts'
import { required } from '../config/entities.ts'
import type { DataPlane } from '../data-plane.ts'
import type { Ground } from './entity-collection.ts'
import { clientFacts } from './explained-client.ts'
import { DrainableCollection } from './switchable-collection.ts'

/** User vservers, and what would become of their clients. */
export class UserVserverCollection extends DrainableCollection<'userVservers'> implements UserVservers {
  readonly #plane: Pick<DataPlane, 'explain'>

  constructor (plane: Pick<DataPlane, 'explain'>, ground: Ground) {
    super('userVservers', ground)
    this.#plane = plane
  }

  async explain (
    name: string,
    bytes: Uint8Array,
    { side = 'client', client }: ExplainOptions = {}
  ): Promise<Explanation> {
    this.editor.requireOpen()
    required(this.editor.config, 'userVservers', name)
    return await this.#plane.explain({ userVserver: name, bytes, side, client: clientFacts(client ?? {}) })
  }
}
