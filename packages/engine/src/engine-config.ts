import type {
  AccessRule,
  EdgeFunctionLimits,
  ExtensionLimits,
  ExtensionMode,
  ExtensionStrikes,
  Glb,
  LbVserver,
  List,
  Lockdown,
  ManagedCheck,
  MonitorEntity,
  RateLimit,
  Rule,
  Service,
  Trigger,
  UserAgentRule,
  UserProtocol,
  UserVserver
} from '@weirlb/model'
import type { CertkeyContents, ChallengeAnswers } from '@weirlb/link'
import type { Bundle } from '@weirlb/sdk/abi'
import type { GeoFile } from './geo/geo-database.ts'

/** Code of an extension, ready to load. */
export interface EngineVersion {
  /** Counts up from 1 for each extension; the same number is the same code. */
  readonly version: number
  readonly bundle: Bundle
  readonly mode: ExtensionMode
}

/** An extension: the version that runs, and what all its versions may do. */
export interface EngineExtension extends EngineVersion {
  readonly name: string
  readonly limits: ExtensionLimits
  readonly strikes: ExtensionStrikes
  /** Connections are tunnelled while the extension is unavailable. */
  readonly failOpen: boolean
  /** A version that `percent` of the new connections try. */
  readonly canary?: (EngineVersion & { readonly percent: number }) | undefined
}

/** An edge function, ready to load. */
export interface EngineFunction {
  readonly name: string
  readonly bundle: Bundle
  readonly limits: EdgeFunctionLimits
  readonly strikes: ExtensionStrikes
  /** Requests pass where it does not decide. */
  readonly failOpen: boolean
}

/**
 * One revision of the configuration as the data plane takes it: valid, references checked, extensions bundled, the
 * files of certkeys read.
 */
export interface EngineConfig {
  readonly revision: number
  readonly extensions: readonly EngineExtension[]
  readonly userProtocols: readonly UserProtocol[]
  readonly certkeys: readonly CertkeyContents[]
  readonly monitors: readonly MonitorEntity[]
  readonly services: readonly Service[]
  readonly lbVservers: readonly LbVserver[]
  readonly glbs: readonly Glb[]
  readonly userVservers: readonly UserVserver[]
  readonly geoDatabases: readonly GeoFile[]
  readonly lists: readonly List[]
  readonly accessRules: readonly AccessRule[]
  readonly lockdowns: readonly Lockdown[]
  readonly userAgentRules: readonly UserAgentRule[]
  readonly rules: readonly Rule[]
  readonly edgeFunctions: readonly EngineFunction[]
  readonly triggers: readonly Trigger[]
  readonly rateLimits: readonly RateLimit[]
  /** Base of the steady clock of the process that sent it; undefined: this process's own. */
  readonly clockBase?: number | undefined
  readonly managedChecks: readonly ManagedCheck[]
  /** Source of the TLS ticket keys, base64; undefined: this process's own. */
  readonly ticketSecret?: string | undefined
  /** Source of the keys of affinity cookies, base64; undefined: this process's own. */
  readonly cookieSecret?: string | undefined
  /** Answers to authorities that validate host names now. */
  readonly challenges?: ChallengeAnswers | undefined
}

/** Ports in use by name of the user vserver; decides what port 0 means on further workers and after a restart. */
export type Ports = Readonly<Record<string, number>>
