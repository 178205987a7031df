import type { ExtensionLimits, ExtensionMode, ExtensionStrikes, Glb, LbVserver, MonitorEntity, Service, UserProtocol, UserVserver } from '@weirlb/model'
import type { CertkeyContents, ChallengeAnswers } from '@weirlb/link'
import type { Bundle } from '@weirlb/sdk/abi'

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

/** One revision of the configuration as the data plane takes it: valid, references checked, extensions bundled, the files of certkeys read. */
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
  /** Source of the TLS ticket keys, base64; undefined: this process's own. */
  readonly ticketSecret?: string | undefined
  /** Source of the keys of affinity cookies, base64; undefined: this process's own. */
  readonly cookieSecret?: string | undefined
  /** Answers to authorities that validate host names now. */
  readonly challenges?: ChallengeAnswers | undefined
}

/** Ports in use by name of the user vserver; decides what port 0 means on further workers and after a restart. */
export type Ports = Readonly<Record<string, number>>
