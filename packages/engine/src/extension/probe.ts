import type { Framing } from '@weirlb/sdk/abi'

/** A probe that an extension runs. */
export interface ProbeAsk {
  readonly extension: string
  /** Parameters, as the operator gives them. */
  readonly params: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  /** 32 hexadecimal digits, others for each probe. */
  readonly id: string
}

/** The bytes that an extension's probe sends. */
export interface ProbeQuestion {
  /** The version that produced them: it must judge the reply. */
  readonly version: number
  readonly bytes: Uint8Array
  /** Framing of the reply. */
  readonly framing: Framing
}

/** A message of a server, for the version that produced the probe. */
export interface ProbeAnswer extends ProbeAsk {
  readonly version: number
  /** How many messages of this probe were judged before. */
  readonly step: number
  /** The message or its head. */
  readonly bytes: Uint8Array
  /** Its true length. */
  readonly length: number
}

/**
 * An extension's judgement of a message. `next`: send these bytes, and judge the next one, which `awaits` describes.
 * `replaced`: another version runs by now, and the probe must start again.
 */
export type ProbeVerdict =
  | { readonly verdict: 'up' | 'replaced' }
  | { readonly verdict: 'down', readonly reason: string }
  | { readonly verdict: 'next', readonly bytes: Uint8Array, readonly awaits: string }

/**
 * Runs extensions' probes. Both methods reject with `extension-failed` if the probe threw, timed out or has failed
 * too often. They reject with another code if no guest is available, which says nothing about the server.
 */
export interface Probes {
  probeQuestion (ask: ProbeAsk): Promise<ProbeQuestion>
  probeVerdict (answer: ProbeAnswer): Promise<ProbeVerdict>
}
