import type { BindingInput, CollectionName, Config, ConfigInput, Entity, EventName, WeirEvent } from '@weirlb/model'
import type { Declaration } from '@weirlb/sdk/abi'
import type { ConnectionInfo, ConnectionQuery, Explanation } from '@weirlb/engine'
import type { CertificateFacts, TransportInUse } from '@weirlb/link'
import type { CanaryEnd, ExtensionVersion } from './config/extension-history.ts'
import type { LogLevel, SessionQuery } from './data-plane.ts'
import type { TraceListener, TraceRequest, TraceState } from './jobs/traces.ts'
import type { Draft } from './config/draft.ts'
import type { WriteOptions } from './config/write-options.ts'
import type { Stats } from './collect-stats.ts'

/** A value and the version it was read at (a strong ETag, quotes included). */
export interface Versioned<T> { readonly value: T, readonly etag: string }


/** What an entity's `GET` shows beside its configuration. */
export interface EntityState {
  /** user vservers: `up | down | draining | disabled | extension-down`; services: `unknown | up | down | draining | disabled`; LB vservers: `up | down | disabled`; extensions: `up | rebuilding | down`; certkeys: `up | stale | expired`. */
  readonly status: string
  /** Why it is not up. */
  readonly reason?: string | undefined
  /** user vservers: where it listens. */
  readonly listening?: { readonly address: string, readonly port: number } | undefined
  /** extensions: the declaration of the running version. */
  readonly declaration?: Declaration | undefined
  /** extensions: every version that serves connections or will, newest first. */
  readonly versions?: readonly VersionState[] | undefined
  /** extensions: the versions that rollbacks return to, one after the other. */
  readonly previous?: readonly number[] | undefined
  /** extensions: the canary, or how the last one ended. */
  readonly canary?: { readonly version: number, readonly state: 'running' } | ({ readonly state: CanaryEnd['outcome'] } & Omit<CanaryEnd, 'outcome'>) | undefined
  /** certkeys: whether a private key, or pre-shared keys, are held; they are never shown. */
  readonly hasKey?: boolean | undefined
  /** certkeys: what the leaf of `cert` says of itself. */
  readonly certificate?: CertificateFacts | undefined
  /** certkeys: what each certificate of `ca` says of itself. */
  readonly authorities?: readonly CertificateFacts[] | undefined
}

/** A version of an extension at work, over all workers. */
export interface VersionState extends Partial<ExtensionVersion> {
  readonly version: number
  /** `current` and `canary` get new connections; `retired` serves those it has. */
  readonly state: 'current' | 'canary' | 'retired'
  /** Open now. */
  readonly connections: number
  readonly accepted: number
  /** See VersionStats in `@weirlb/engine`. */
  readonly errors: number
  /** Workers in which it is loaded, and workers that gave up on it. */
  readonly up: number
  readonly down: number
}

/** A session as the API shows it. */
export interface SessionInfo {
  readonly lbVserver: string
  /** UTF-8 text where the key is valid UTF-8, else `hex:…`; keys over 128 bytes show as `sha256:…`. */
  readonly key: string
  readonly service: string
  readonly connections: number
  readonly expiresInSeconds: number | undefined
}

/** Whose bytes are explained. */
export interface ExplainOptions {
  /** Default: the client. The server's are taken as an answer to a client that has been forwarded. */
  readonly side?: 'client' | 'server' | undefined
  /** Where the client comes from. Default: 127.0.0.1, port 49152, without a server name. */
  readonly client?: { readonly address?: string | undefined, readonly port?: number | undefined, readonly serverName?: string | undefined } | undefined
}

export interface Health {
  readonly status: 'ok' | 'degraded'
  readonly version: string
  readonly revision: number
  readonly uptimeSeconds: number
  readonly workers: readonly { readonly id: number, readonly pid: number, readonly state: 'up' | 'starting' | 'restarting', readonly restarts: number, readonly transport?: TransportInUse | undefined }[]
  /** Enabled ones; `unknown`: no verdict yet. */
  readonly services: { readonly up: number, readonly down: number, readonly unknown: number }
}

/** The running load balancer. Every write is: parse → references → prepare → save → commit; it rejects with a WeirError, and then nothing changed. */
export interface Weir {
  /**
   * Be told of an event from now on; the answer ends it. Listeners may be added before `start`. One that throws is logged and harms nothing;
   * each is called at once, so one that takes long holds up the process.
   */
  on<E extends EventName> (type: E, listener: (event: WeirEvent<E>) => void): () => void

  start (): Promise<void>
  /** Say goodbye to every client and stop within the grace time (default 10 s). Idempotent. */
  stop (options?: { graceMs?: number }): Promise<void>

  /** The whole configuration. Private keys are left out unless asked for. */
  config (): Versioned<Config>
  /** Replace the whole configuration; a certkey without `key` keeps the key it has. */
  apply (config: ConfigInput, options?: WriteOptions): Promise<Versioned<Config>>
  /** All that `apply` checks short of binding ports: schema, references, extensions. Both look at a large configuration in slices, so that the event loop has other turns meanwhile. */
  check (config: ConfigInput): Promise<void>

  list<C extends CollectionName> (collection: C): readonly Entity<C>[]
  get<C extends CollectionName> (collection: C, name: string): Versioned<Entity<C>> | undefined
  create<C extends CollectionName> (collection: C, entity: unknown): Promise<Versioned<Entity<C>>>
  replace<C extends CollectionName> (collection: C, name: string, entity: unknown, options?: WriteOptions): Promise<Versioned<Entity<C>>>
  /** JSON Merge Patch (RFC 7396). */
  patch<C extends CollectionName> (collection: C, name: string, patch: unknown, options?: WriteOptions): Promise<Versioned<Entity<C>>>
  /** Bind one more service to an LB vserver, behind those it has. Rejects with name-taken where it is bound already, or as any write. */
  bindService (lbVserver: string, binding: BindingInput, options?: WriteOptions): Promise<Versioned<Entity<'lbVservers'>>>
  /** Unbind a service; clients that it has keep it. Rejects with not-found where it is not bound, or as any write. */
  unbindService (lbVserver: string, service: string, options?: WriteOptions): Promise<Versioned<Entity<'lbVservers'>>>
  remove (collection: CollectionName, name: string, options?: WriteOptions): Promise<void>
  /**
   * Make many changes one revision: all of them apply, or none. `edit` gets a draft of the running configuration, and is called when it is this change's turn;
   * it must not wait for anything. `ifMatch` is of the whole configuration.
   */
  edit (edit: (draft: Draft) => void, options?: WriteOptions): Promise<Versioned<Config>>
  state (collection: CollectionName, name: string): Promise<EntityState>
  /** The state of every entity of a collection, read at one moment, in the order of `list`. */
  states (collection: CollectionName): Promise<readonly { readonly name: string, readonly state: EntityState }[]>

  /** Make the version before the present one. Rejects with version-absent, canary-running, or as any write. */
  rollbackExtension (name: string, options?: WriteOptions): Promise<Versioned<Entity<'extensions'>>>
  /** Make the canary the version. Rejects with canary-absent, or as any write. */
  promoteExtension (name: string, options?: WriteOptions): Promise<Versioned<Entity<'extensions'>>>

  /** Bundle and load an extension, answer its declaration, keep nothing. Rejects with config-invalid or extension-*, as creating it would. */
  validateExtension (source: string): Promise<Declaration>
  builtins (): readonly string[]

  /**
   * What would become of a client that sends these bytes: frames, verdicts, the service and why. Nothing is sent, counted or pinned; the extension runs in a
   * guest of its own. With several workers it is what one of them would do. Throws not-found, extension-down, extension-failed.
   */
  explain (userVserver: string, bytes: Uint8Array, options?: ExplainOptions): Promise<Explanation>

  /** What is traced of an extension. */
  trace (extension: string): TraceState
  /** Trace the calls of an extension's code in all its versions, on every worker, for a time. Throws not-found or config-invalid. */
  setTrace (extension: string, request: TraceRequest): TraceState
  /** Be told of the trace of an extension, its state first; the answer ends it. A listener that throws is logged and harms nothing. */
  onTrace (extension: string, listener: TraceListener): () => void

  sessions (query: SessionQuery): Promise<readonly SessionInfo[]>
  deleteSessions (query: SessionQuery): Promise<number>
  connections (query: ConnectionQuery): Promise<readonly ConnectionInfo[]>
  kill (id: string): Promise<boolean>
  stats (): Promise<Stats>
  health (): Promise<Health>
  logLevel: LogLevel
}
