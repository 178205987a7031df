import type { Framing } from '@weirlb/sdk/abi'

/** The bytes that an extension's probe sends. */
export interface ProbeQuestion {
  /** The version that produced them: it must judge the reply. */
  readonly version: number
  readonly bytes: Uint8Array
  /** Framing of the reply. */
  readonly framing: Framing
}

/** A server's reply, for the version that produced the probe. */
export interface ProbeAnswer {
  readonly extension: string
  readonly version: number
  /** The reply or its head. */
  readonly bytes: Uint8Array
  /** Its true length. */
  readonly length: number
}

/** An extension's judgement of a reply; `replaced`: another version runs by now, and the probe must start again. */
export type ProbeVerdict =
  | { readonly verdict: 'up' | 'replaced' }
  | { readonly verdict: 'down', readonly reason: string }

/**
 * Runs extensions' probes. Both methods reject with `extension-failed` if the probe threw, timed out or has failed
 * too often. They reject with another code if no guest is available, which says nothing about the server.
 */
export interface Probes {
  probeQuestion (extension: string): Promise<ProbeQuestion>
  probeVerdict (answer: ProbeAnswer): Promise<ProbeVerdict>
}
