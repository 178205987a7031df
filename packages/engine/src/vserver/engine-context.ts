import type { ServiceFailure } from '@weirlb/model'
import type { Challenges, Transport } from '@weirlb/link'
import type { Connection } from '../connection/connection.ts'
import type { ExtensionHost } from '../extension/extension-host.ts'
import type { BanGate } from '../gate/ban-gate.ts'
import type { LimitShares } from '../gate/limit-shares.ts'
import type { RuleMatches } from '../gate/rule-watch.ts'
import type { HttpRequest } from '../http/http-request.ts'
import type { RecordSink } from '../life-record.ts'
import type { SampledTimes } from '../servers/sampled-times.ts'
import type { FloodContext } from './flood-door.ts'

/** Shared by all vservers of an engine. */
export interface EngineContext extends FloodContext {
  readonly worker: number
  readonly transport: Transport
  /** Takes the records of ends beside the log. */
  readonly records: RecordSink | undefined
  /** Serves connections that no extension inspects. */
  readonly passing: ExtensionHost
  /** Every open connection by number. */
  readonly connections: Map<number, Connection>
  /** The times of those that are sampled, by number. */
  readonly sampled: Map<number, SampledTimes>
  /** Every HTTP request under way. */
  readonly requests: Set<HttpRequest>
  /** Answers to authorities that validate host names. */
  readonly challenges: Challenges
  /** Called with the rules that apply. */
  readonly ruleMatches: RuleMatches
  /** Tells other workers what rate limits count; undefined: there are none. */
  readonly limitShares: LimitShares | undefined
  /** Addresses from which no client is accepted. */
  readonly bans: BanGate
  nextConnection (): number
  onServiceFailed (service: string, failure: ServiceFailure, message: string): void
  onConnectionGone (connection: Connection): void
  onRequestGone (): void
}
