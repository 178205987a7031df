import type { Bytes } from './bytes.ts'
import type { Message } from './context.ts'
import type { Framing } from './framing.ts'
import type { ParamIssue, ParamsOf, ParamSpec } from './params.ts'

/**
 * A health check in the protocol, run by monitors of type `extension`: the bytes to send, and the meaning of each
 * message of the reply. It runs apart from the clients' connections, in a separate guest. No state is kept between two
 * calls; `id` and `step` of the context are the same probe's.
 */
export interface Probe<P extends ParamSpec = {}> {
  /** Parameters that an operator may set on a monitor: `{ topic: param.string({ default: '' }) }`. */
  readonly params?: P
  /**
   * Names of secrets, at most four: `['password']`. An operator gives each as the path of a file (`secretFiles`), so
   * that none stands in the configuration.
   */
  readonly secrets?: readonly string[]
  /**
   * Returns the faults of parameters whose types and ranges are valid; an empty list means none. It is called when an
   * operator sets them, before any probe.
   */
  checkParams? (params: ParamsOf<P>): readonly ParamIssue[]
  /** Returns the first bytes for a server, on a separate connection; none to wait for a server that sends first. */
  send (probe: ProbeContext<ParamsOf<P>>): Bytes
  /**
   * Returns the meaning of a message of the server: all of it, or its first 64 KiB with the full length. Throwing
   * means down. `{ send }` goes on with the next message, at most 100 times.
   */
  judge (answer: Message, probe: ProbeContext<ParamsOf<P>>): Judgement
  /** Framing of the reply. Default: that of the `server` side. */
  readonly framing?: Framing
}

/** The probe that is under way. */
export interface ProbeContext<P = unknown> {
  /** The parameters of the monitor, with their defaults. */
  readonly params: P
  /** The secrets that the operator has given, by name. */
  readonly secrets: Readonly<Record<string, string>>
  /** 32 hexadecimal digits, others for each probe. */
  readonly id: string
  /** How many messages of the server this probe has judged before. */
  readonly step: number
}

/** A server's health: a text gives the reason for being down. Or the next step of the probe. */
export type Judgement = 'up' | 'down' | { readonly down: string } | NextStep

/** The probe goes on. */
export interface NextStep {
  /** Bytes for the server; none to wait for its next message only. */
  readonly send: Bytes
  /** What is awaited, for the reason of a probe that gets no further: `its own message on topic 'health'`. */
  readonly awaits?: string
}
