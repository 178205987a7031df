import type { Certkey, ExtensionLimits, ExtensionMode, LbVserver, Service, UserProtocol, UserVserver } from '@weir/model'
import type { Bundle } from '@weir/sdk/abi'

/** An extension ready to load. */
export interface EngineExtension {
  readonly name: string
  readonly bundle: Bundle
  readonly mode: ExtensionMode
  readonly limits: ExtensionLimits
}

/** One revision of the configuration as the data plane takes it: valid, references checked, extensions bundled, keys in place. */
export interface EngineConfig {
  readonly revision: number
  readonly extensions: readonly EngineExtension[]
  readonly userProtocols: readonly UserProtocol[]
  readonly certkeys: readonly Certkey[]
  readonly services: readonly Service[]
  readonly lbVservers: readonly LbVserver[]
  readonly userVservers: readonly UserVserver[]
}

/** Ports in use by name of the user vserver; decides what port 0 means on further workers and after a restart. */
export type Ports = Readonly<Record<string, number>>
