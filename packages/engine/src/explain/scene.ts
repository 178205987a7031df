import type { CloseReason } from '@weirlb/model'
import type { Declaration } from '@weirlb/sdk/abi'
import type { ProtocolSpec } from '../framing/spec.ts'
import type { LbRuntime } from '../balancing/lb-vserver.ts'
import type { VserverRuntime } from '../vserver/user-vserver.ts'
import type { ExplainRequest } from './explanation.ts'

/** Where a client of a user vserver would find itself. */
export interface Scene {
  readonly extension: string
  readonly version: number
  readonly canary: number | undefined
  readonly worker: number
  readonly declaration: Declaration
  readonly spec: ProtocolSpec
  /** Most bytes of one direction that may wait for verdicts. */
  readonly maxHeld: number
  /** A connection that the extension cannot be asked about is tunnelled. */
  readonly failOpen: boolean
  /** Why a client would be refused before anybody is asked about it. */
  readonly refused: { readonly reason: CloseReason, readonly detail: string } | undefined
  /** As the guest is told: JSON `{ name, params }`. */
  readonly vserver: Uint8Array
  readonly lb: LbRuntime
  readonly via: ReadonlyMap<string, LbRuntime>
  /** What is wrong with an LB vserver that is not bound. */
  unboundVia (name: string): string
}

/** How things are now for a client of this vserver, or for what a server answers to one that is there already. */
export const sceneOf = (vserver: VserverRuntime, { side, client }: ExplainRequest): Scene => {
  const { lb, via, index, worker, config } = vserver
  const { current: host, canary } = vserver.extension
  const { name: extension, version, declaration, spec } = host
  return {
    extension, version, canary: canary?.version, worker, declaration, spec, lb, via,
    maxHeld: Math.min(config.limits.bufferedBytes, host.maxHeldBytes),
    // Messages that are balanced one by one cannot do without the extension.
    failOpen: host.failOpen && declaration.balance === 'per-connection',
    refused: side === 'client' ? vserver.refusal(client) : undefined,
    vserver: host.vserverInfo(index)!,
    unboundVia: name => vserver.unboundVia(name)
  }
}
