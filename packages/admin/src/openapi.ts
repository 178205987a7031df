import { errorCodes, type ErrorCode, type Role } from '@weirlb/model'
import { z } from 'zod'
import { components, type ComponentName, type JsonSchema } from './components.ts'
import { tags, type AnswerSpec, type Route } from './route.ts'
import { templateOf } from './route-template.ts'

/** Where a description of the API is for. */
export interface ApiPlace {
  /** The prefix before `/v1`; empty for none. */
  readonly base: string
  /** True if all requests carry a bearer token. */
  readonly token: boolean
}

interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description: string
  schema: unknown
}
interface Response {
  description: string
  headers?: Record<string, unknown>
  content?: Record<string, { schema: unknown }>
}
/** One operation of the document. */
export interface Operation {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  parameters?: Parameter[]
  requestBody?: { required: boolean, content: Record<string, { schema: unknown }> }
  responses: Record<string, Response>
  /** The least role that it needs. */
  'x-role': Role
}

/** An OpenAPI 3.1 document, as far as this API needs one. */
export interface OpenApi {
  openapi: '3.1.1'
  info: Record<string, unknown>
  servers: { url: string }[]
  tags: { name: string, description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Readonly<Record<string, JsonSchema>>, securitySchemes?: Record<string, unknown> }
  security?: Record<string, string[]>[]
}

/** The description of the routes. */
export const openApi = (routes: readonly Route[], { base, token }: ApiPlace): OpenApi => {
  const paths: OpenApi['paths'] = {}
  for (const route of routes) (paths[templateOf(route)] ??= {})[route.method.toLowerCase()] = operation(route)
  return {
    openapi: '3.1.1',
    info: {
      title: 'Weir',
      version: '1',
      description: 'Configure and watch a Weir load balancer. Every error is an `application/problem+json` body with a `code` from a fixed table. ' +
        'Every GET may also be sent as HEAD. Unknown query parameters and unknown fields are refused.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }
    },
    servers: [{ url: base === '' ? '/' : base }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: components(),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A named token, or the one that the server was started with.'
        }
      }
    },
    // An empty requirement is one that every client meets: whether it is on this machine no description can say.
    security: [{ bearer: [] }, ...token ? [] : [{}]]
  }
}

const operation = (route: Route): Operation => {
  const parameters = [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)]
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...route.description === undefined ? {} : { description: route.description },
    ...parameters.length === 0 ? {} : { parameters },
    ...route.body === undefined ? {} : {
      requestBody: {
        required: route.body.optional !== true,
        content: Object.fromEntries(
          route.body.mediaTypes.map(type => [type, { schema: reference(route.body!.schema) }])
        )
      }
    },
    responses: { ...answers(route), ...problems(route) },
    'x-role': route.role
  }
}

const reference = (name: ComponentName): { $ref: string } => ({ $ref: `#/components/schemas/${name}` })

const pathParameters = (route: Route): Parameter[] => [...route.path.matchAll(/:([^/]+)/g)].map(([, name]) => ({
  name: name!,
  in: 'path',
  required: true,
  description: parameterDocs[name!] ?? '',
  schema: { type: 'string' }
}))

const parameterDocs: Readonly<Record<string, string>> = {
  name: 'Name of the entity.',
  service: 'Name of the bound service or service group.',
  monitor: 'Name of the bound monitor.',
  member: 'Address and port of the member: `127.0.0.1:1883`, `[::1]:1883` or `mqtt.example.com:1883`.',
  id: 'Identifier, as the list shows it.',
  code: 'An error code.',
  address: 'An IP address.'
}

const queryParameters = (route: Route): Parameter[] => {
  if (route.query === undefined) return []
  const { properties = {} } = z.toJSONSchema(route.query, { io: 'input' })
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = property as JsonSchema
    return { name, in: 'query', required: false, description: description ?? '', schema }
  })
}

const headerParameters = (route: Route): Parameter[] => {
  const header = (name: string, description: string): Parameter => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' }
  })
  return [
    ...route.ifMatch === true
      ? [
        header(
          'If-Match',
          'ETags of the versions that may be changed, or `*`; if the current one is not among them the answer is 412.'
        )
      ]
      : [],
    ...route.ifNoneMatch === true
      ? [
        header(
          'If-None-Match',
          'ETags of versions that the caller has; if the current one is among them the answer is 304.'
        )
      ]
      : [],
    ...route.lastEventId === true
      ? [
        header(
          'Last-Event-ID',
          'Id of the last event that the caller has. Those behind it come first; of an earlier run of the server, all that are kept.'
        )
      ]
      : []
  ]
}

const answers = (route: Route): Record<string, Response> => {
  const all: Record<string, Response> = {}
  for (const [status, spec] of Object.entries(route.answers)) all[status] = response(spec)
  if (route.ifNoneMatch === true) all['304'] = response({ doc: 'The client has the current version.', etag: true })
  return all
}

const response = ({ doc, schema, stream, lines, etag, location }: AnswerSpec): Response => ({
  description: doc,
  ...etag === true || location === true ? {
    headers: {
      ...etag === true ? { ETag: { description: 'Version of the configuration shown, for If-Match and If-None-Match.', schema: { type: 'string' } } } : {},
      ...location === true ? { Location: { description: 'Path of the new entity.', schema: { type: 'string' } } } : {}
    }
  } : {},
  ...schema === undefined && stream === undefined && lines === undefined ? {} : {
    content: {
      ...schema === undefined ? {} : { 'application/json': { schema: reference(schema) } },
      ...stream === undefined ? {} : { 'text/event-stream': { schema: reference(stream) } },
      ...lines === undefined ? {} : { 'application/x-ndjson': { schema: reference(lines) } }
    }
  }
})

/** Headers that an error carries beside its problem. */
const problemHeaders: Readonly<Partial<Record<ErrorCode, Record<string, unknown>>>> = {
  unauthorized: { 'WWW-Authenticate': { description: 'The Bearer scheme.', schema: { type: 'string' } } },
  'authentication-throttled': { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } },
  'worker-unavailable': { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } },
  'media-type-unsupported': {
    Accept: { description: 'Content types that the path accepts.', schema: { type: 'string' } }
  }
}

/** Errors of every request. */
const accessErrors: readonly ErrorCode[] = ['unauthorized', 'forbidden', 'authentication-throttled']

/** One response per status, which names the codes that it may carry. */
const problems = (route: Route): Record<string, Response> => {
  const codes = new Set<ErrorCode>([
    ...route.errors ?? [],
    'query-invalid',
    ...accessErrors,
    ...route.role === 'read' ? [] : ['role-insufficient' as const],
    ...route.write === undefined ? [] : ['outside-scope' as const],
    'internal'
  ])
  const all: Record<string, Response> = {}
  for (const code of Object.keys(errorCodes) as ErrorCode[]) {
    if (!codes.has(code)) continue
    const { status, doc } = errorCodes[code]
    const line = `\`${code}\`: ${doc}`
    const before = all[status]
    const headers = { ...before?.headers, ...problemHeaders[code] }
    all[status] = {
      description: before === undefined ? line : `${before.description}\n\n${line}`,
      ...Object.keys(headers).length === 0 ? {} : { headers },
      content: { 'application/problem+json': { schema: reference('Problem') } }
    }
  }
  return all
}
