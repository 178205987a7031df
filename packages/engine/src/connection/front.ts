// A connection's interface of its entry: a user vserver, or a rehearsal of one.
import type { CloseReason } from '@weirlb/model'
import type { ByteMeter, ClientFacts, HelloAnswer, ServerLayer } from '@weirlb/link'
import type { Geo } from '../geo/geo.ts'
import type { VserverRules } from '../gate/rule-book.ts'
import type { RuleMatches } from '../gate/rule-watch.ts'
import type { Entrance } from '../servers/client-side.ts'
import type { SampledTimes } from '../servers/sampled-times.ts'
import type { RecordSink } from '../life-record.ts'
import type { Recorded } from './record.ts'

/** A user vserver as its connections see it. */
export interface Front extends Entrance {
  /** The guest's index of it. */
  readonly index: number
  /** Number of the worker that runs it. */
  readonly worker: number
  /** Takes the records of its connections beside the log. */
  readonly records: RecordSink | undefined
  /** Returns the times of a connection that is sampled, by its number. */
  sampledTimes (number: number): SampledTimes | undefined
  /** Counts the bytes of all its clients. */
  readonly meter: ByteMeter
  /** What is put on a client's link when it asks for TLS inside the protocol; none: TLS cannot be started. */
  readonly tlsLayers: readonly ServerLayer[]
  /** True if it looks at hellos of TLS. */
  readonly wantsHellos?: boolean
  /** Why a client is refused by its TLS hello, which is among its facts, if it is. */
  helloRefusal? (client: ClientFacts): HelloAnswer | undefined
  /** What its messages are held to; undefined: nothing. */
  readonly rules: VserverRules | undefined
  /** Called with the rules that apply. */
  readonly ruleMatches: RuleMatches
  /** Where addresses are; undefined: nobody knows. */
  readonly geo?: Geo | undefined
  /** True for a client that an access rule allows: no rule looks at it. Without this there are none. */
  readonly trusts?: ((client: ClientFacts) => boolean) | undefined
  /** A message, or a chunk of a stream, of a connection went to the extension. */
  onMessage (): void
  /** A connection has a server, 1, or has it no longer, -1. */
  onEstablished (change: 1 | -1): void
  /** The connection is gone: count it. `detail`: further text about the reason, if any. */
  onConnectionClosed (connection: Recorded, reason: CloseReason, detail: string): void
}
