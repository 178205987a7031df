import type { ExtensionCode } from '@weirlb/model'

/** A version of an extension: a number that counts up, and code that never changes. */
export interface ExtensionVersion {
  readonly version: number
  /** `builtin NAME`, or `sha256:` and the first 16 digits of the source's hash. */
  readonly code: string
  /** When it was first given (ISO 8601). */
  readonly since: string
}

/** How a canary ended. */
export interface CanaryEnd {
  readonly version: number
  readonly outcome: 'reverted' | 'promoted' | 'ended'
  readonly reason: string
  /** ISO 8601. */
  readonly at: string
}

/** The history of an extension. It is saved with the configuration, but is not part of it and cannot be written. */
export interface ExtensionHistory {
  readonly current: number
  readonly canary?: number | undefined
  /** Versions that were given lately, newest first. */
  readonly versions: readonly ExtensionVersion[]
  /** The versions for rollbacks, newest first. */
  readonly previous: readonly ({ readonly version: number } & ExtensionCode)[]
  /** The last canary, until the next version. */
  readonly lastCanary?: CanaryEnd | undefined
}

/** The histories of all extensions, by name. */
export type Histories = Readonly<Record<string, ExtensionHistory>>
