import type { CloseReason, UserVserver } from '@weirlb/model'
import type { ClientFacts, ProtocolChoice } from '@weirlb/link'
import type { GlbRuntime } from '../balancing/glb.ts'
import type { LbRuntime } from '../balancing/lb-vserver.ts'
import type { Routes } from '../balancing/routing.ts'
import type { ExtensionHost } from '../extension/extension-host.ts'
import type { ExtensionVersions } from '../extension/extension-versions.ts'
import type { Geo } from '../geo/geo.ts'
import type { VserverRules } from '../gate/rule-book.ts'
import type { RuleMatches } from '../gate/rule-watch.ts'
import type { ExplainRequest } from './explanation.ts'
import { Looking } from './looking.ts'

/** A user vserver, as far as it is explained. */
export interface ExplainedVserver {
  /** The guests' index of it. */
  readonly index: number
  readonly worker: number
  readonly config: UserVserver
  readonly extension: ExtensionVersions
  readonly routing: Routes<LbRuntime | GlbRuntime>
  /** What its messages are held to. */
  readonly rules: VserverRules | undefined
  readonly geo: Geo
  /** True for a client that an access rule allows. */
  trusts (client: ClientFacts): boolean
  /** Keeps floods out. */
  readonly door: { wouldRefuseKey (key: string, client: ClientFacts): string | undefined }
  /** Not empty if clients can start TLS inside the protocol. */
  readonly tlsLayers: readonly object[]
  /** Why it does not take this client now, if it does not. */
  refusal(
    client: ClientFacts,
    looking: RuleMatches
  ): { readonly reason: CloseReason, readonly detail: string } | undefined
  /** What a client's first bytes would choose; undefined where there is no choice. */
  choice (bytes: Uint8Array): ProtocolChoice | undefined
}

/** Where a client of a user vserver would find itself. */
export interface Scene {
  readonly vserver: ExplainedVserver
  /** The version that new connections get, canaries aside. */
  readonly host: ExtensionHost
  /** A connection is tunnelled while the extension is unavailable. */
  readonly failOpen: boolean
  /** Rules that are looked at. */
  readonly looking: Looking
  /** Why a client would be refused before any inspection. */
  readonly refused: { readonly reason: CloseReason, readonly detail: string } | undefined
}

/** Returns the current state for a client of this vserver, or for a server's reply to an existing client. */
export const sceneOf = (
  vserver: ExplainedVserver,
  { side, client }: ExplainRequest,
  byEdge?: Scene['refused']
): Scene => {
  const { current: host } = vserver.extension
  const looking = new Looking()
  return {
    vserver,
    host,
    looking,
    // Messages that are balanced one by one cannot do without the extension.
    failOpen: host.failOpen && host.declaration.balance === 'per-connection',
    refused: side === 'client' ? vserver.refusal(client, looking) ?? byEdge : undefined
  }
}
