import type { Readable } from 'node:stream'
import type { CollectionName, ErrorCode } from '@weirlb/model'
import type { Weir } from '@weirlb/core'
import type { z } from 'zod'
import type { ComponentName } from './components.ts'
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
}

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
  /** Component that describes the data of server-sent events; beside a schema they are for callers who accept `text/event-stream`. */
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
  readonly tag: Tag
  readonly summary: string
  readonly description?: string
  readonly query?: Query
  readonly body?: BodySpec
  /** Honours If-Match. */
  readonly ifMatch?: true
  /** Honours If-None-Match. */
  readonly ifNoneMatch?: true
  readonly answers: Readonly<Record<number, AnswerSpec>>
  /** Codes of its own, without those of every route. */
  readonly errors?: readonly ErrorCode[]
  readonly write?: Write
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
  Configuration: 'The whole configuration as one document.',
  Commands: 'NetScaler\'s command language.',
  Jobs: 'Work that takes its time: clients are told to go, at a rate.',
  Sessions: 'Persistence entries: which key is pinned to which service.',
  Connections: 'Live connections.',
  Server: 'Counters, health, logging, and the API itself.'
} as const satisfies Record<string, string>
/** Group of operations in the description of the API. */
export type Tag = keyof typeof tags

/** Fix the type of a route's query for its handler, then forget it, so that routes of every kind fit in one list. */
export const route = <Query extends z.ZodObject>(spec: Route<Query>): Route => spec as unknown as Route
