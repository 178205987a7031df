import type { CloseReason, UserVserver, ServiceFailure } from '@weirlb/model'
import type { ByteLink, ByteMeter, Transport } from '@weirlb/link'
import type { GlbRuntime } from '../balancing/glb.ts'
import type { LbRuntime } from '../balancing/lb-vserver.ts'
import type { Routes } from '../balancing/routing.ts'
import { Connection } from '../connection/connection.ts'
import type { Front } from '../connection/front.ts'
import type { ExtensionHost } from '../extension/extension-host.ts'
import { unwatched } from '../gate/rule-watch.ts'
import type { SampledTimes } from '../servers/sampled-times.ts'
import type { RecordSink } from '../life-record.ts'
import type { Log } from '../log.ts'

/** What the passing clients of a user vserver share with its others. */
interface Shared
  extends
    Omit<
      Front,
      'routing' | 'tlsLayers' | 'wantsHellos' | 'helloRefusal' | 'rules' | 'ruleMatches' | 'onConnectionClosed'
    > {
  onConnectionClosed(connection: Connection, reason: CloseReason, detail: string): void
}

/**
 * A user vserver as its clients see it whose TLS does not end here: with a routing of its own, and tunnels from the
 * first byte.
 */
export class PassingFront implements Front {
  readonly #vserver: Shared
  readonly tlsLayers = []
  readonly rules = undefined
  readonly ruleMatches = unwatched
  routing!: Routes<LbRuntime | GlbRuntime>

  constructor (vserver: Shared) { this.#vserver = vserver }

  get name (): string {
    return this.#vserver.name
  }
  get config (): UserVserver {
    return this.#vserver.config
  }
  get transport (): Pick<Transport, 'dial'> {
    return this.#vserver.transport
  }
  get log (): Log {
    return this.#vserver.log
  }
  get records (): RecordSink | undefined {
    return this.#vserver.records
  }
  sampledTimes (number: number): SampledTimes | undefined {
    return this.#vserver.sampledTimes(number)
  }
  get index (): number {
    return this.#vserver.index
  }
  get worker (): number {
    return this.#vserver.worker
  }
  get meter (): ByteMeter {
    return this.#vserver.meter
  }
  onServiceFailed (service: string, failure: ServiceFailure, message: string): void {
    this.#vserver.onServiceFailed(service, failure, message)
  }
  onFirstMessage (ms: number): void {
    this.#vserver.onFirstMessage(ms)
  }
  onConnected (ms: number): void {
    this.#vserver.onConnected(ms)
  }
  onFirstReply (ms: number): void {
    this.#vserver.onFirstReply(ms)
  }
  onMessage (): void {
    this.#vserver.onMessage()
  }
  onAnswered (answered: boolean): void {
    this.#vserver.onAnswered(answered)
  }
  keyRefusal (session: string, client: ByteLink, connection: Connection): string | undefined {
    return this.#vserver.keyRefusal(session, client, connection)
  }
  onEstablished (change: 1 | -1): void {
    this.#vserver.onEstablished(change)
  }
  onConnectionClosed (connection: Connection, reason: CloseReason, detail: string): void {
    this.#vserver.onConnectionClosed(connection, reason, detail)
  }

  /** Returns the connection of a client, which `begin` tunnels. */
  connectionOf (number: number, host: ExtensionHost, link: ByteLink): Connection {
    return new Connection(number, this, host, link)
  }

  /** Choose a server, and forward everything. */
  begin (connection: Connection): void {
    connection.upstream.failOpen()
    connection.onBatchEnd()
  }
}
