import type { Version } from './stimuli.ts'

/** What a client is started with. */
export interface Start {
  /** Where the server listens on loopback. */
  readonly port: number
  readonly version: Version
  /** Client ID; a bridge makes its own. */
  readonly id: string
  /** A folder of its own, which is removed afterwards. */
  readonly folder: string
}

/** A program that stands in the table. */
export interface Client {
  readonly name: string
  /** What it is configured with. */
  readonly how: string
  /** Why it cannot be run here. */
  readonly missing: string | undefined
  readonly version: string
  /** The command that connects and subscribes. */
  readonly command: (start: Start) => readonly string[]
}
