import type { ConnectionInfo, ConnectionQuery } from '@weirlb/engine'
import type { Connections } from '../api/weir.ts'
import type { DataPlane } from '../data-plane.ts'

/** The open connections of the data plane. */
export class RunningConnections implements Connections {
  readonly #plane: Pick<DataPlane, 'connections' | 'kill'>

  constructor (plane: Pick<DataPlane, 'connections' | 'kill'>) { this.#plane = plane }

  async list (query: ConnectionQuery = {}): Promise<readonly ConnectionInfo[]> { return await this.#plane.connections(query) }
  async get (id: string): Promise<ConnectionInfo | undefined> { return (await this.#plane.connections({ id })).find(connection => connection.id === id) }
  async kill (id: string): Promise<boolean> { return await this.#plane.kill(id) }
}
