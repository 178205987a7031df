import type { Readable } from 'node:stream'
import type { CollectionName, ErrorCode, Role } from '@weirlb/model'
import type { Weir } from '@weirlb/core'
import type { z } from 'zod'
import type { ApiTokens } from './access/api-tokens.ts'
import type { Principal } from './access/principal.ts'
import type { AuditTrail } from './audit/audit-trail.ts'
import type { ComponentName } from './components.ts'
import type { EventHistory } from './event-history.ts'
import type { Subscribe } from './event-stream.ts'

/** Methods that routes have. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A request as a route's handler sees it: checked, and without anything of Fastify. */
export interface Call<Query = unknown> {
  readonly weir: Weir
  /** The prefix before `/v1` that the plugin is mounted under, or nothing. */
  readonly base: string
  /** Named parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Query
  /** The parsed body; undefined when there is none. */
  readonly body: unknown
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
  /** Id of the last event that a client of a stream has. */
  readonly lastEventId: string | undefined
  /** The latest events of Weir. */
  readonly history: EventHistory
  /** Whoever sends the request. `principal.who` is the author of what it changes. */
  readonly principal: Principal
  readonly tokens: ApiTokens
  readonly audit: AuditTrail
  /** What the audit log shall say of the request beside what it finds out itself. */
  readonly note: AuditNote
}

/** Filled in by a handler that knows more than its route. */
export interface AuditNote {
  detail?: string | undefined
  /** True for a request that turned out to change nothing. */
  reads?: boolean | undefined
}

/** Names of what a write is about; `undefined` among them stands for the whole. */
export type NamesOf<Query> = (
  call: Call<Query>
) => readonly (string | undefined)[] | Promise<readonly (string | undefined)[]>

/** The result of a handler. */
export interface Answer {
  readonly status: number
  /** JSON; left out when the status has no body. */
  readonly body?: unknown
  /**
   * Server-sent events instead of a body, for clients that accept them, or if there is no body. Called when the
   * stream begins.
   */
  readonly stream?: Subscribe
  /** Text in place of a body: a JSON object a line. */
  readonly lines?: Readable
  readonly etag?: string
  readonly location?: string
}

/** One response of a route as the API description shows it. */
export interface AnswerSpec {
  readonly doc: string
  /** Component that describes the body; left out when there is none. */
  readonly schema?: ComponentName
  /**
   * Component that describes the data of server-sent events; beside a schema they are for callers who accept
   * `text/event-stream`.
   */
  readonly stream?: ComponentName
  /** Component that describes each line of a response in lines. */
  readonly lines?: ComponentName
  readonly etag?: true
  readonly location?: true
}

/** The body that a route takes. */
export interface BodySpec {
  readonly schema: ComponentName
  readonly mediaTypes: readonly MediaType[]
  /** A request without it is one with an empty object. */
  readonly optional?: true
  /** Maximum values, if they are checked in slices. Default: the number that one check can handle. */
  readonly maxValues?: number
}

/** Media types of bodies. */
export type MediaType = 'application/json' | 'application/merge-patch+json' | 'application/x-ndjson'

/** The change that a route makes; each request that reached the route gets a log line with it. */
export interface Write {
  readonly collection?: CollectionName
  readonly action: string
}

/** One operation of the API: Fastify's route and its part of the OpenAPI document both come from this. */
export interface Route<Query extends z.ZodObject = z.ZodObject> {
  readonly method: Method
  /** Below `/v1`, with `:name` for parameters. */
  readonly path: string
  readonly operationId: string
  /** The least role that the request needs. */
  readonly role: Role
  readonly tag: Tag
  readonly summary: string
  readonly description?: string
  readonly query?: Query
  readonly body?: BodySpec
  /** Honours If-Match. */
  readonly ifMatch?: true
  /** Honours If-None-Match. */
  readonly ifNoneMatch?: true
  /** Honours Last-Event-ID. */
  readonly lastEventId?: true
  readonly answers: Readonly<Record<number, AnswerSpec>>
  /** Codes of its own, without those of every route. */
  readonly errors?: readonly ErrorCode[]
  readonly write?: Write
  /**
   * The entities that a write is about, for tokens with scopes. Default: the one that the path names, or the body of a
   * write to a collection; without a name, only tokens without scopes may. `itself`: the handler checks.
   */
  readonly scope?: 'itself' | NamesOf<z.output<Query>>
  handle (call: Call<z.output<Query>>): Answer | Promise<Answer>
}

/** Groups of operations, in the order of the documentation, with what they are about. */
export const tags = {
  Extensions: 'Sandboxed modules that speak a protocol.',
  'User protocols': 'Names that tie a transport to an extension.',
  Certkeys: 'Certificates, private keys and bundles of certificate authorities.',
  Services: 'Servers that clients are balanced over.',
  'Service groups': 'Many servers with one set of settings.',
  'LB vservers': 'Balancing method, persistence and bound services.',
  Monitors: 'Health probes, which services and LB vservers bind.',
  GLBs: 'Names that clients ask for, and the pools that serve them.',
  'User vservers': 'Addresses where clients connect.',
  'Edge functions': 'Code that decides on HTTP requests and upgrades before they reach a server.',
  Triggers: 'Hosts and paths whose requests an edge function decides on.',
  'Geo databases': 'Files that know countries and autonomous systems of addresses.',
  Lists: 'Addresses, autonomous systems, countries and texts, which rules name.',
  'Access rules': 'Clients that come in, or do not, by where they come from.',
  Lockdowns: 'Paths that only clients from some sources may ask for.',
  'User-agent rules': 'HTTP clients that are refused by their User-Agent header.',
  Rules: 'Conditions on clients, requests and messages, and what happens when they are true.',
  Security: 'What the edge decides: events, and whom they are about.',
  'Rate limits': 'How much of something passes in a period, and what becomes of the rest.',
  Bans: 'Addresses that are refused for a time.',
  'Managed checks': 'Groups of checks that Weir keeps, where they apply, and in which modes.',
  Configuration: 'The whole configuration as one document.',
  Commands: 'NetScaler\'s command language.',
  Jobs: 'Work that takes its time: clients are told to go, at a rate.',
  Sessions: 'Persistence entries: which key is pinned to which service.',
  Connections: 'Live connections.',
  Nodes: 'Several Weirs that share their sessions over one store.',
  Access: 'Tokens of this API, and who has changed what.',
  Server: 'Counters, health, logging, and the API itself.'
} as const satisfies Record<string, string>
/** Group of operations in the description of the API. */
export type Tag = keyof typeof tags

/** Fix the type of a route's query for its handler, then forget it, so that routes of every kind fit in one list. */
export const route = <Query extends z.ZodObject>(spec: Route<Query>): Route => spec as unknown as Route
