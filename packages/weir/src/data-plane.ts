import type { ConnectionInfo, ConnectionQuery, EngineConfig, EngineStats, SessionEntry } from '@weir/engine'
import type { Bundle, Declaration } from '@weir/sdk/abi'

/** Where a user vserver listens now. */
export type ListeningPorts = Readonly<Record<string, number>>

export interface PreparedChange {
  readonly declarations: Readonly<Record<string, Declaration>>
  readonly ports: ListeningPorts
  commit (): Promise<void>
  abort (): Promise<void>
}

/** The part of Weir that moves bytes: the engine in this process, or worker processes. */
export interface DataPlane {
  start (): Promise<void>
  /** First half of a change on every worker; all or none. */
  prepare (config: EngineConfig): Promise<PreparedChange>
  validate (bundle: Bundle): Promise<Declaration>
  setServiceUp (service: string, up: boolean): void
  stats (): Promise<EngineStats>
  connections (query: ConnectionQuery): Promise<ConnectionInfo[]>
  kill (id: string): Promise<boolean>
  sessions (query: SessionQuery): Promise<SessionEntry[]>
  deleteSessions (query: SessionQuery): Promise<number>
  setLogLevel (level: LogLevel): void
  stop (graceMs: number): Promise<void>
}

export interface SessionQuery { readonly lbVserver?: string | undefined, readonly key?: string | undefined, readonly limit?: number | undefined }
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
