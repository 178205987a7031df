import type { Framing } from '@weirlb/sdk/abi'

/** What an extension's probe sends. */
export interface ProbeQuestion {
  /** The version that was asked: it is the one to judge the answer. */
  readonly version: number
  readonly bytes: Uint8Array
  /** How the answer is cut. */
  readonly framing: Framing
}

/** A server's answer, for the version that asked. */
export interface ProbeAnswer {
  readonly extension: string
  readonly version: number
  /** The answer or its head. */
  readonly bytes: Uint8Array
  /** Its true length. */
  readonly length: number
}

/** What an extension thinks of an answer; `replaced`: another version runs by now, and the question has to be asked anew. */
export type ProbeVerdict =
  | { readonly verdict: 'up' | 'replaced' }
  | { readonly verdict: 'down', readonly reason: string }

/**
 * Asks extensions about servers. Both reject with `extension-failed` when the probe threw, was cut at its limits or failed too often to be asked now, and with
 * another code when nobody can be asked: that says nothing about the server.
 */
export interface Probes {
  probeQuestion (extension: string): Promise<ProbeQuestion>
  probeVerdict (answer: ProbeAnswer): Promise<ProbeVerdict>
}
