import type { CloseReason, UserVserver } from '@weirlb/model'
import type { ByteLink } from '@weirlb/link'
import type { Declaration } from '@weirlb/sdk/abi'
import type { ExtensionHost } from '../extension/extension-host.ts'
import type { Log } from '../log.ts'
import type { Inlet } from '../direction/inlet.ts'
import type { Phase } from '../servers/phase.ts'
import type { Upstream } from '../servers/upstream.ts'
import { clientView } from '../client-view.ts'
import type { ConnectionInfo } from './connection-info.ts'

/** The recorded facts of a connection. */
export interface Recorded {
  readonly id: string
  readonly vserver: { readonly name: string, readonly config: Pick<UserVserver, 'logSilentClients'>, readonly log: Log }
  readonly host: ExtensionHost
  readonly client: ByteLink
  readonly upstream: Upstream
  readonly phase: Phase
  readonly since: number
  /** When bytes of either side came last, in milliseconds since 1970 (UTC), to a second. */
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
    since,
    idleSeconds: Math.max(0, Math.floor((Date.now() - active) / 1000)),
    bytesIn: client.bytesRead,
    bytesOut: client.bytesWritten
  }
}

/** Ends without information about a silent client. */
const ofSilence: ReadonlySet<CloseReason> = new Set(['client-closed', 'client-reset', 'first-message-timeout'])

/** Returns true if the end of a connection is logged. */
export const isLogged = ({ vserver, client }: Recorded, reason: CloseReason): boolean =>
  vserver.log.isLevelEnabled?.('info') !== false && (vserver.config.logSilentClients || client.bytesRead > 0 || !ofSilence.has(reason))

/** Write the one line of a connection that has ended. */
export const logEnd = (connection: Recorded, reason: CloseReason, detail: string): void => {
  const { id, vserver, host, client, upstream, since, failedOpen, fields } = connection
  vserver.log.info({
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
    durationMs: Date.now() - since,
    fields: fields === undefined ? undefined : namedFields(connection)
  }, 'connection closed')
}

/** What a connection waits with, in words: an incomplete frame of the client, or of a server. Empty if with none. */
export const unfinished = ({ clientInlet, upstream, phase }: { readonly clientInlet: Inlet, readonly upstream: Upstream, readonly phase: Phase }): string =>
  clientInlet.incomplete(phase === 'first-message' ? 'the first frame' : 'a frame') ?? upstream.incomplete ?? ''

/** Its server, or its servers. */
const servicesOf = ({ services }: Upstream): string | undefined => services.length === 0 ? undefined : services.join(', ')

const namedFields = ({ host, fields }: Recorded): Record<string, string> =>
  Object.fromEntries((fields ?? []).flatMap((value, index) => value === undefined ? [] : [[host.declaration.fields[index]!.name, value]]))

/** The fields of a client with one more; what is secret is never kept. */
export const fieldsWith = (fields: (string | undefined)[] | undefined, declared: Declaration['fields'], index: number, value: string): (string | undefined)[] | undefined => {
  const field = declared[index]
  if (field === undefined || field.type === 'secret') return fields
  // Allocated at full size: a growing array takes room for sixteen more.
  const kept = fields ?? new Array<string | undefined>(declared.length)
  kept[index] = value
  return kept
}
