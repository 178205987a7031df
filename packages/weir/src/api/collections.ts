import type {
  BindingInput,
  CollectionName,
  DisableInput,
  DrainInput,
  Entity,
  EntityInput,
  EntityPatch,
  EntityReplacement,
  Job,
  ListChangeInput,
  MemberInput,
  MemberPatch,
  MonitorBinding,
  RebalanceInput,
  RulePhase
} from '@weirlb/model'
import type { Declaration, FunctionDeclaration } from '@weirlb/sdk/abi'
import type { Explanation, FunctionTrial, RuleTrial, TrialFields, ValidatedExpression } from '@weirlb/engine'
import type { ServiceHealthDetail } from '@weirlb/health'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import type { ExplainedClient } from './explained-client.ts'
import type { EntityStatus, NamedStatus } from './entity-status.ts'

/**
 * The entities of one kind. Every write is: parse → references → prepare → save → commit; it rejects with a WeirError,
 * and then nothing changed. Reads show no private key.
 */
export interface Collection<C extends CollectionName> {
  /** Every entity, in the order of the configuration. */
  list (): readonly Entity<C>[]
  get (name: string): Versioned<Entity<C>> | undefined
  /** Does the same, but throws not-found, with the existing names. */
  require (name: string): Versioned<Entity<C>>
  /** Rejects with name-taken, or as any write. */
  create (entity: EntityInput<C>): Promise<Versioned<Entity<C>>>
  /** Replace an entity; what is left out goes back to its default. Rejects with not-found, or as any write. */
  replace (name: string, entity: EntityReplacement<C>, options?: WriteOptions): Promise<Versioned<Entity<C>>>
  /** Change fields of an entity by JSON Merge Patch (RFC 7396). Rejects with not-found, or as any write. */
  patch (name: string, patch: EntityPatch<C>, options?: WriteOptions): Promise<Versioned<Entity<C>>>
  /** Rejects with not-found, in-use, or as any write. */
  delete (name: string, options?: WriteOptions): Promise<void>
  /** How an entity is doing. Rejects with not-found, or worker-unavailable. */
  status (name: string): Promise<EntityStatus>
  /** How every entity is doing, read at one moment, in the order of `list`. */
  statuses (): Promise<readonly NamedStatus[]>
}

/** Entities that can be taken out of service. Each verb sets `state`, and rejects as `patch` does. */
export interface Switchable<C extends CollectionName> {
  /** Take clients again. */
  enable (name: string, options?: WriteOptions): Promise<Versioned<Entity<C>>>
  /**
   * Take no more clients. Services and user vservers close the connections they have; those of an LB vserver or a GLB
   * stay.
   */
  disable (name: string, options?: WriteOptions): Promise<Versioned<Entity<C>>>
}

/** Entities that can be emptied slowly. */
export interface Drainable<C extends CollectionName> extends Switchable<C> {
  /** Take no more clients and keep the connections there are. Sets `state`, and rejects as `patch` does. */
  drain (name: string, options?: WriteOptions): Promise<Versioned<Entity<C>>>
}

/** Entities that bind monitors of the list. */
export interface BindsMonitors<C extends CollectionName> {
  /**
   * Bind one more monitor, in place of the default probe. Rejects with name-taken if it is bound already, or as any
   * write.
   */
  bindMonitor (name: string, binding: MonitorBinding, options?: WriteOptions): Promise<Versioned<Entity<C>>>
  /**
   * Unbind a monitor; the last one leaves the default probe. Rejects with not-found where it is not bound, or as any
   * write.
   */
  unbindMonitor (name: string, monitor: string, options?: WriteOptions): Promise<Versioned<Entity<C>>>
}

/** Extensions, with what becomes of their versions. */
export interface Extensions extends Collection<'extensions'> {
  /** Make the version before the present one. Rejects with version-absent, canary-running, or as any write. */
  rollback (name: string, options?: WriteOptions): Promise<Versioned<Entity<'extensions'>>>
  /** Make the canary the version. Rejects with canary-absent, or as any write. */
  promote (name: string, options?: WriteOptions): Promise<Versioned<Entity<'extensions'>>>
  /**
   * Bundle, load and type-check an extension, return its declaration, keep nothing. Rejects with config-invalid or
   * extension-*, as creating it would. With `check: 'off'` types are not checked.
   */
  validate(
    source: string,
    options?: { readonly check?: Entity<'extensions'>['check'] | undefined }
  ): Promise<Declaration>
  /** Names that `builtin` may have. */
  builtins (): readonly string[]
}

/** Certkeys, with the orders of those that have `acme`. */
export interface Certkeys extends Collection<'certkeys'> {
  /**
   * Order the certificate now: after a failure without the wait, or ahead of its renewal. Does nothing where an order
   * is under way. Resolves when the order has begun; the status shows how far it is. Rejects with not-found, or
   * config-invalid for a certkey without `acme`.
   */
  order (name: string): Promise<Versioned<Entity<'certkeys'>>>
}

/** Monitors, which services and LB vservers bind. */
export interface Monitors extends Collection<'monitors'> {}

/** Services. */
export interface Services extends Collection<'services'>, Switchable<'services'>, BindsMonitors<'services'> {
  /**
   * Returns the health of a service: since when, each of its monitors, and its last changes. Rejects with not-found.
   */
  health (name: string): Promise<ServiceHealthDetail>
  /**
   * Take no more clients, and tell those that there are to go, at a rate. Sets `state`. Resolves when the job has
   * begun. Rejects with config-invalid, job-running, or as `patch` does.
   */
  drain (name: string, settings?: DrainInput, options?: WriteOptions): Promise<Job>
  /**
   * Take no more clients and close those that there are; with settings, later, by a job. Rejects with config-invalid,
   * job-running, or as `patch` does.
   */
  disable (name: string, options?: WriteOptions, settings?: DisableInput): Promise<Versioned<Entity<'services'>>>
}

/**
 * Service groups, with their members. A member is named by its address and port, as in its `memberKey`:
 * `127.0.0.1:1883`.
 */
export interface ServiceGroups
  extends Collection<'serviceGroups'>, Drainable<'serviceGroups'>, BindsMonitors<'serviceGroups'> {
  /** Append one more member. Rejects with name-taken if it is there already, or as any write. */
  addMember (name: string, member: MemberInput, options?: WriteOptions): Promise<Versioned<Entity<'serviceGroups'>>>
  /**
   * Change fields of a member by JSON Merge Patch, such as its weight or its state. Rejects with not-found, or as any
   * write.
   */
  patchMember(
    name: string,
    member: string,
    patch: MemberPatch,
    options?: WriteOptions
  ): Promise<Versioned<Entity<'serviceGroups'>>>
  /** Delete a member; clients that it has are closed. Rejects with not-found, or as any write. */
  removeMember (name: string, member: string, options?: WriteOptions): Promise<Versioned<Entity<'serviceGroups'>>>
}

/** LB vservers, with the services that are bound to them. */
export interface LbVservers extends Collection<'lbVservers'>, Switchable<'lbVservers'>, BindsMonitors<'lbVservers'> {
  /** Append one more service to the bound ones. Rejects with name-taken if it is already bound, or like any write. */
  bind (name: string, binding: BindingInput, options?: WriteOptions): Promise<Versioned<Entity<'lbVservers'>>>
  /** Unbind a service; clients that it has keep it. Rejects with not-found where it is not bound, or as any write. */
  unbind (name: string, service: string, options?: WriteOptions): Promise<Versioned<Entity<'lbVservers'>>>
  /**
   * Move the clients that services have beyond their share to the others, at a rate. Resolves when the job has begun.
   * Rejects with not-found, config-invalid or job-running.
   */
  rebalance (name: string, settings: RebalanceInput): Promise<Job>
}

/** GLBs. */
export interface Glbs extends Collection<'glbs'>, Switchable<'glbs'> {}

/** Lists, and their items some at a time. */
export interface Lists extends Collection<'lists'> {
  /** Add and remove items, all at once; items that have ended go, too. Rejects with not-found, or as any write. */
  change (name: string, change: ListChangeInput, options?: WriteOptions): Promise<Versioned<Entity<'lists'>>>
}

/** Rules, and what they would decide. */
export interface Rules extends Collection<'rules'>, Switchable<'rules'> {
  /** Check an expression against the fields that there are. */
  validate (expression: string): ValidatedExpression
  /**
   * Try the rules of a user vserver on values of fields; nothing is counted. Throws not-found, or body-invalid for a
   * field that there is not.
   */
  test (input: RuleTrialInput): RuleTrial
}

/** Rate limits, and what their counters are at. */
export interface RateLimits extends Collection<'rateLimits'>, Switchable<'rateLimits'> {
  /**
   * Returns the counters that have counted most in the period that ends now, of those that were used last; nothing is
   * counted. Rejects with not-found, or worker-unavailable.
   */
  counters (name: string, options?: CountersOptions): Promise<readonly LimitCounter[]>
}

/** How many counters are wanted; default: 100. */
export interface CountersOptions { readonly most?: number | undefined }

/** What a counter of a rate limit is at. */
export interface LimitCounter {
  /** Values of `by`; those that may be private are hashes. */
  readonly key: string
  readonly counted: number
  readonly limit: number
  /** The action goes on for so long. */
  readonly actsForSeconds: number
}

/** A client, a request or a message to try rules on. */
export interface RuleTrialInput {
  readonly userVserver: string
  /** Values by field: an address as text, headers as lists by name. Others are missing. */
  readonly fields: TrialFields
  /** Default: all but `reply`, one after the other. */
  readonly phase?: RulePhase | undefined
}

/** Edge functions, and what they would decide. */
export interface EdgeFunctions extends Collection<'edgeFunctions'> {
  /**
   * Bundle, load and type-check an edge function, return what it shows of itself, keep nothing. Rejects with
   * config-invalid, function-invalid or extension-*, as creating it would.
   */
  validate(
    source: string,
    options?: { readonly check?: Entity<'edgeFunctions'>['check'] | undefined }
  ): Promise<FunctionDeclaration>
  /** Make the version before the present one. Rejects with version-absent, or as any write. */
  rollback (name: string, options?: WriteOptions): Promise<Versioned<Entity<'edgeFunctions'>>>
  /**
   * Have an edge function decide on a request, in an isolate of its own; nothing is counted. Rejects with not-found,
   * extension-load or worker-unavailable.
   */
  test (name: string, input: FunctionTestInput): Promise<FunctionTrial>
}

/** A request to try an edge function on. */
export interface FunctionTestInput {
  /** Default: GET. */
  readonly method?: string | undefined
  /** Absolute: `https://www.example.com/mqtt?x=1`. */
  readonly url: string
  /** By name; a list for a header that is sent several times. Default: Host, as in the URL. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined
  /** It asks for a WebSocket. */
  readonly upgrade?: boolean | undefined
  /** Address of the client. Default: 127.0.0.1. */
  readonly address?: string | undefined
  /** Default: `test`. */
  readonly userVserver?: string | undefined
}

/** Triggers, and which of them counts. */
export interface Triggers extends Collection<'triggers'>, Switchable<'triggers'> {
  /**
   * Returns all triggers in the order of decision, and which one counts for each URL. Nothing is asked or counted.
   * Throws body-invalid for what is no absolute URL.
   */
  match (urls?: readonly string[]): TriggerMatches
}

/** Which triggers count. */
export interface TriggerMatches {
  /** Names of all triggers: of those that match a request and are enabled, the first counts. */
  readonly order: readonly string[]
  /** As many as were asked for, in their order. */
  readonly urls: readonly MatchedUrl[]
}

/** Which trigger counts for a URL. */
export interface MatchedUrl {
  readonly url: string
  /** User vservers that take requests of its scheme; each is a place of its own. */
  readonly userVservers: readonly MatchedVserver[]
}

/** Which trigger counts for a URL at a user vserver. */
export interface MatchedVserver {
  readonly userVserver: string
  /** Undefined: none, and the request passes. */
  readonly trigger: string | undefined
  /** Undefined: no function, and the request passes. */
  readonly edgeFunction: string | undefined
  /** Names of the others that match, in the order of decision. */
  readonly others: readonly string[]
}

/** User vservers, with what would become of their clients. */
export interface UserVservers extends Collection<'userVservers'>, Drainable<'userVservers'> {
  /**
   * Returns the treatment of a client that sends these bytes: frames, verdicts, the service and the reason. Nothing
   * is sent, counted or pinned; the extension runs in a separate guest. With several workers, the result is that of
   * one of them. Rejects with not-found, extension-down, extension-failed.
   */
  explain (name: string, bytes: Uint8Array, options?: ExplainOptions): Promise<Explanation>
}

/** Every collection by its name in the configuration. */
export interface Collections {
  readonly extensions: Extensions
  readonly userProtocols: Collection<'userProtocols'>
  readonly certkeys: Certkeys
  readonly monitors: Monitors
  readonly services: Services
  readonly serviceGroups: ServiceGroups
  readonly lbVservers: LbVservers
  readonly glbs: Glbs
  readonly userVservers: UserVservers
  readonly geoDatabases: Collection<'geoDatabases'>
  readonly lists: Lists
  readonly accessRules: Collection<'accessRules'> & Switchable<'accessRules'>
  readonly lockdowns: Collection<'lockdowns'> & Switchable<'lockdowns'>
  readonly userAgentRules: Collection<'userAgentRules'> & Switchable<'userAgentRules'>
  readonly rules: Rules
  readonly edgeFunctions: EdgeFunctions
  readonly triggers: Triggers
  readonly rateLimits: RateLimits
  readonly managedChecks: Collection<'managedChecks'> & Switchable<'managedChecks'>
}

/** The sender of the explained bytes. */
export interface ExplainOptions {
  /**
   * Default: the client. The server's are taken as a reply to a client that has been forwarded. `request`: an HTTP
   * request, whose path and Host header are in `client.http`; it has no bytes here.
   */
  readonly side?: 'client' | 'server' | 'request' | undefined
  /** The sender, or the client of the server that is. */
  readonly client?: ExplainedClient | undefined
}
