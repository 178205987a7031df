import type { ConnectionInfo, ConnectionQuery } from '@weirlb/engine'
import type { Connections } from '../api/weir.ts'
import type { DataPlane } from '../data-plane.ts'
import type { LifeFilter } from '../lives/life.ts'
import type { LifeListener, Lives } from '../lives/lives.ts'

/** The open connections of the data plane. */
export class RunningConnections implements Connections {
  readonly #plane: Pick<DataPlane, 'connections' | 'kill'>

  readonly #lives: Lives

  constructor (plane: Pick<DataPlane, 'connections' | 'kill'>, lives: Lives) {
    this.#plane = plane
    this.#lives = lives
  }

  async list (query: ConnectionQuery = {}): Promise<readonly ConnectionInfo[]> {
    return await this.#plane.connections(query)
  }
  async get (id: string): Promise<ConnectionInfo | undefined> {
    return (await this.#plane.connections({ id })).find(connection => connection.id === id)
  }
  async kill (id: string): Promise<boolean> {
    return await this.#plane.kill(id)
  }
  watch (filter: LifeFilter, listener: LifeListener): () => void {
    return this.#lives.on(filter, listener)
  }
}
