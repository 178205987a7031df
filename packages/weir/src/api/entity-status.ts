import type { ManagedMode, RulePhase } from '@weirlb/model'
import type { Declaration } from '@weirlb/sdk/abi'
import type { CertificateFacts } from '@weirlb/link'
import type { AcmeStatus } from '../acme/acme-status.ts'
import type { InspectorStatus } from './inspector-status.ts'
import type { NameStatus } from '../names/name-status.ts'
import type { CanaryEnd, ExtensionVersion } from '../storage/extension-history.ts'

/** How an entity is doing: what its `GET` shows beside its configuration. */
export interface EntityStatus {
  /**
   * user vservers: `up | down | draining | disabled | extension-down`; services and service groups: `unknown | up |
   * down | draining | disabled`; monitors: `unused | unknown | up | down`; LB vservers: `up | down | disabled`;
   * extensions: `up | rebuilding | down`; certkeys: `up | stale | expired | down`; rules and rate limits: `up |
   * simulated | inactive | draft | disabled`; edge functions: `up | down`; triggers: `up | down | disabled`; access
   * rules: `up | expired | inactive | disabled`; lockdowns and user-agent rules: `up | disabled`; lists: `up | unused`;
   * geo databases: `up | stale | down`; managed checks: `up | degraded | inactive | disabled`.
   */
  readonly value: string
  /** Why it is not up. */
  readonly reason?: string | undefined
  /** Time of the last change of `value` in this process (ISO 8601); not for certkeys and monitors. */
  readonly since?: string | undefined
  /** services with `resolve: all`, and service groups: their servers, those that leave last. */
  readonly members?: readonly MemberStatus[] | undefined
  /** services and service groups: the state of their host names. */
  readonly names?: readonly NameStatus[] | undefined
  /** user vservers: where it listens. */
  readonly listening?: { readonly address: string, readonly port: number } | undefined
  /** extensions: the declaration of the running version. */
  readonly declaration?: Declaration | undefined
  /** extensions: every version that serves connections or will, newest first. */
  readonly versions?: readonly VersionStatus[] | undefined
  /** edge functions: the number of the version that runs. */
  readonly version?: number | undefined
  /** extensions and edge functions: the versions that rollbacks return to, one after the other. */
  readonly previous?: readonly number[] | undefined
  /** extensions: the canary, or how the last one ended. */
  readonly canary?: { readonly version: number, readonly status: 'running' } | ({ readonly status: CanaryEnd['outcome'] } & Omit<CanaryEnd, 'outcome'>) | undefined
  /** rules and rate limits: when it is looked at. */
  readonly phase?: RulePhase | undefined
  /** managed checks: the checks of their group. */
  readonly checks?: readonly CheckStatus[] | undefined
  /** managed checks that have requests inspected: the process of each worker that does it. */
  readonly inspectors?: readonly InspectorStatus[] | undefined
  /** rules, rate limits and managed checks: user vservers where it is looked at. */
  readonly userVservers?: readonly string[] | undefined
  /** geo databases: what they know. */
  readonly knows?: readonly ('countries' | 'autonomous-systems')[] | undefined
  /** geo databases: when the data were made (ISO 8601). */
  readonly builtAt?: string | undefined
  /** certkeys: true if there is a private key, or pre-shared keys; they are never shown. */
  readonly hasKey?: boolean | undefined
  /** certkeys: the leaf of `cert`. */
  readonly certificate?: CertificateFacts | undefined
  /** certkeys: the certificates of `ca`. */
  readonly authorities?: readonly CertificateFacts[] | undefined
  /** certkeys with `acme`: the order. */
  readonly acme?: AcmeStatus | undefined
}

/** One server of a name or of a service group. */
export interface MemberStatus {
  /** As in statistics, connections and sessions: `GROUP@127.0.0.1:1883`. */
  readonly name: string
  /** As of a service; `leaving`: its address is gone, and its clients stay for a while. */
  readonly value: string
  readonly reason?: string | undefined
  readonly weight: number
  /** Open connections, over all workers. */
  readonly connections: number
}

/** The status of an entity, with its name. */
export interface NamedStatus {
  readonly name: string
  readonly status: EntityStatus
}

/** A version of an extension at work, over all workers. */
export interface VersionStatus extends Partial<ExtensionVersion> {
  readonly version: number
  /** `current` and `canary` get new connections; `retired` serves those it has. */
  readonly status: 'current' | 'canary' | 'retired'
  /** Open now. */
  readonly connections: number
  readonly accepted: number
  /** See VersionStats in `@weirlb/engine`. */
  readonly errors: number
  /** Workers with this version loaded, and workers that took it out of service. */
  readonly up: number
  readonly down: number
}

/** A check of a managed check. */
export interface CheckStatus {
  readonly id: string
  readonly text: string
  readonly source: string
  readonly mode: Exclude<ManagedMode, 'default' | 'on'>
  readonly matched: number
  readonly blocked: number
}
