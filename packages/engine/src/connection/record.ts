import type { CloseReason, UserVserver } from '@weirlb/model'
import type { ByteLink } from '@weirlb/link'
import type { Declaration } from '@weirlb/sdk/abi'
import type { AnswerReader } from '../extension/answer.ts'
import type { ExtensionHost } from '../extension/extension-host.ts'
import { numberText } from '../extension/number-text.ts'
import type { EndRecord, RecordSink } from '../life-record.ts'
import type { Log } from '../log.ts'
import type { Inlet } from '../direction/inlet.ts'
import type { Phase } from '../servers/phase.ts'
import type { SampledTimes } from '../servers/sampled-times.ts'
import type { Upstream } from '../servers/upstream.ts'
import { clientView } from '../client-view.ts'
import type { ConnectionInfo } from './connection-info.ts'
import { timeOfDay } from './time-of-day.ts'

/** The recorded facts of a connection. */
export interface Recorded {
  readonly id: string
  readonly number: number
  readonly vserver: {
    readonly name: string
    readonly config: Pick<UserVserver, 'logSilentClients'>
    readonly log: Log
    readonly records: RecordSink | undefined
    /** The times of a connection that is sampled. */
    sampledTimes (number: number): SampledTimes | undefined
  }
  readonly host: ExtensionHost
  readonly client: ByteLink
  readonly upstream: Upstream
  readonly phase: Phase
  /** When it began, as `performance.now()` has it: a clock that is set changes no duration. */
  readonly since: number
  /** When bytes of either side came last, likewise, to a second. */
  readonly active: number
  readonly failedOpen: boolean
  /** Fields that the extension has published, by the index of the declared field. */
  readonly fields: readonly (string | undefined)[] | undefined
}

/** A live connection as the API shows it. */
export const infoOf = (connection: Recorded): ConnectionInfo => {
  const { id, vserver, host, client, upstream, phase, since, active, failedOpen } = connection
  return {
    id,
    userVserver: vserver.name,
    version: host.version,
    failedOpen,
    ...clientView(client.peer),
    phase,
    lbVserver: upstream.lbVserver,
    service: servicesOf(upstream),
    session: upstream.session,
    fields: namedFields(connection),
    since: timeOfDay(since),
    idleSeconds: Math.max(0, Math.floor((performance.now() - active) / 1000)),
    bytesIn: client.bytesRead,
    bytesOut: client.bytesWritten
  }
}

/** Ends without information about a silent client. */
const ofSilence: ReadonlySet<CloseReason> = new Set(['client-closed', 'client-reset', 'first-message-timeout'])

/** Write the one line of a connection that has ended, and tell whoever else takes its record. */
export const recordEnd = (connection: Recorded, reason: CloseReason, detail: string): void => {
  const { vserver, client, number } = connection
  const sampled = vserver.sampledTimes(number)
  const logged = vserver.log.isLevelEnabled?.('info') !== false
  const ends = vserver.records?.wantsEnds === true ? vserver.records : undefined
  if (!logged && ends === undefined && sampled === undefined) return
  const quiet = !vserver.config.logSilentClients && client.bytesRead === 0 && ofSilence.has(reason)
  if (quiet && sampled === undefined) return
  const record = recordOf(connection, reason, detail)
  if (sampled !== undefined) vserver.records?.onSampled(record, sampled.timeline)
  if (quiet) return
  if (logged) vserver.log.info(record, 'connection closed')
  ends?.onEnd('connection', record)
}

const recordOf = (connection: Recorded, reason: CloseReason, detail: string): EndRecord => {
  const { id, vserver, host, client, upstream, since, failedOpen, fields } = connection
  return {
    userVserver: vserver.name,
    lbVserver: upstream.lbVserver,
    service: servicesOf(upstream),
    ...clientView(client.peer),
    connection: id,
    session: upstream.session,
    version: host.version,
    failedOpen: failedOpen ? true : undefined,
    reason,
    detail: detail === '' ? undefined : detail,
    bytesIn: client.bytesRead,
    bytesOut: client.bytesWritten,
    durationMs: Math.round(performance.now() - since),
    fields: fields === undefined ? undefined : namedFields(connection)
  }
}

/** What a connection waits with, in words: an incomplete frame of the client, or of a server. Empty if with none. */
export const unfinished = (
  { clientInlet, upstream, phase }: { readonly clientInlet: Inlet, readonly upstream: Upstream, readonly phase: Phase }
): string =>
  clientInlet.incomplete(phase === 'first-message' ? 'the first frame' : 'a frame') ?? upstream.incomplete ?? ''

/** Its server, or its servers. */
const servicesOf = ({ services }: Upstream): string | undefined =>
  services.length === 0 ? undefined : services.join(', ')

const namedFields = ({ host, fields }: Recorded): Record<string, string> =>
  Object.fromEntries(
    (fields ?? []).flatMap((value, index) => value === undefined ? [] : [[host.declaration.fields[index]!.name, value]])
  )

/** The fields of a client with the one that an effect sets, to a text or to `number`; what is secret is never kept. */
export const fieldsWith = (
  fields: (string | undefined)[] | undefined,
  declared: Declaration['fields'],
  answer: AnswerReader,
  number: number | undefined
): (string | undefined)[] | undefined => {
  const index = answer.effectA
  const field = declared[index]
  if (field === undefined || field.type === 'secret') return fields
  // Allocated at full size: a growing array takes room for sixteen more.
  const kept = fields ?? new Array<string | undefined>(declared.length)
  kept[index] = number === undefined ? answer.effectText() : numberText(field, number)
  return kept
}
