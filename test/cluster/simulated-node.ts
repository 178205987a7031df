import { RedisStore } from '@weirlb/cluster'
import { pinningOf } from '@weirlb/engine'
import { parseConfig } from '@weirlb/model'
import { makeLog } from '../../packages/weir/src/log.ts'
import { Cluster } from '../../packages/weir/src/cluster/cluster.ts'
import type { ClusterSessions } from '../../packages/weir/src/cluster/cluster-sessions.ts'
import { BanBook } from '../../packages/weir/src/bans/ban-book.ts'
import { Events } from '../../packages/weir/src/events.ts'
import { SessionBook } from '../../packages/weir/src/sessions/session-book.ts'

/** A connection that a simulated node leads: the node closes it when another node has led its key elsewhere. */
export interface SimulatedClient { readonly id: string, readonly session: string, readonly service: string }

/** The part of a Weir that belongs to a cluster, without the bytes: sessions, and clients as rows. */
export class SimulatedNode {
  readonly name: string
  readonly cluster: Cluster
  readonly clients = new Map<string, SimulatedClient>()
  /** Called when the node has closed a client. */
  onClosed: (client: SimulatedClient) => void = () => {}
  /** Called when the store is away for it, and when it shares all sessions again. */
  onShares: (shares: boolean) => void = () => {}

  private constructor (
    name: string,
    url: string,
    services: readonly string[],
    timeoutSeconds: number,
    patienceMs: number | undefined
  ) {
    const log = makeLog('silent', {})
    const events = new Events(log)
    events.on('cluster-state', ({ state }) => { this.onShares(state === 'up') })
    this.name = name
    this.cluster = new Cluster(
      { store: new RedisStore(url), node: name },
      new SessionBook(),
      log,
      events,
      patienceMs === undefined ? {} : { patienceMs }
    )
    this.sessions.configure(pinningOf(parseConfig({
      services: services.map(service => ({ name: service, address: '127.0.0.1', port: 1 })),
      lbVservers: [{
        name: 'lb',
        persistence: { type: 'user-session', timeoutSeconds },
        services: services.map(service => ({ name: service }))
      }]
    })))
  }

  static async start (
    name: string,
    port: number,
    services: readonly string[],
    timeoutSeconds = 120,
    patienceMs?: number
  ): Promise<SimulatedNode> {
    const node = new SimulatedNode(name, `redis://127.0.0.1:${port}`, services, timeoutSeconds, patienceMs)
    await node.cluster.open()
    const plane = {
      ban () {},
      unban () {},
      steerFrom () {},
      depart: async () => ({ told: 0, present: 0, more: false }),
      tellCounted () {},
      stats: async () => ({ userVservers: {} }) as never,
      connections: async ({ session, service }: { session?: string | undefined, service?: string | undefined }) =>
        [...node.clients.values()].filter(client =>
          (session ?? client.session) === client.session && (service ?? client.service) === client.service
        ) as never,
      kill: async (id: string) => {
        const client = node.clients.get(id)
        if (client !== undefined) node.onClosed(client)
        return client !== undefined
      }
    }
    const log = makeLog('silent', {})
    node.cluster.start({
      plane,
      revision: () => 1,
      bans: new BanBook({ plane, events: new Events(log), log, archive: undefined }),
      defending: () => []
    })
    return node
  }

  get sessions (): ClusterSessions { return this.cluster.sessions }
  get state (): string { return this.cluster.status.state }
  async stop (): Promise<void> { await this.cluster.close() }
}
