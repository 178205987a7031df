import type { JsonSchema, OpenApi, Operation } from '@weirlb/admin'
import { errorCodes, type ErrorCode } from '@weirlb/model'
import { anchor, page, table } from './markdown.ts'
import { fieldsOf, typeOf } from './schema-fields.ts'

interface Listed { readonly method: string, readonly path: string, readonly operation: Operation }

const operationsOf = ({ paths }: OpenApi): Listed[] => Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })))

/** Components whose fields are on the page about the configuration. */
const isEntity = (name: string, { components }: OpenApi): boolean =>
  name.startsWith('Config') ||
  components.schemas[`${name.replace(/Input$|Replacement$|Patch$|List$/, '')}Patch`] !== undefined

/** docs/reference/rest.md */
export const restPage = (document: OpenApi): string =>
  page('REST API', [
    'The API is JSON over HTTP under `/v1` (below the prefix, if it is mounted in another program). `GET /v1/openapi.json` describes it in OpenAPI 3.1.',
    'Beside it are `GET /metrics` ([metrics](metrics.md)), and two probes that need no token: `GET /livez` returns 200 while the control process answers, `GET /readyz` while a worker serves, otherwise 503.',
    general,
    ...document.tags.flatMap(tag => {
      const operations = operationsOf(document).filter(({ operation }) => operation.tags[0] === tag.name)
      return [
        `## ${tag.name}`,
        tag.description,
        table(
          ['Request', 'Effect', 'Role', 'Response'],
          operations.map(
            listed => [
              `[\`${listed.method} ${listed.path}\`](#${anchor(headingOf(listed))})`,
              listed.operation.summary,
              `\`${listed.operation['x-role']}\``,
              successes(listed.operation)
            ]
          )
        ),
        ...operations.flatMap(listed => details(listed, document))
      ]
    })
  ])

/** Codes that the page gives once, for many requests. */
const forAll: readonly ErrorCode[] = [
  'query-invalid',
  'unauthorized',
  'forbidden',
  'role-insufficient',
  'outside-scope',
  'authentication-throttled',
  'internal'
]
const forBodies: readonly ErrorCode[] = ['body-invalid', 'body-too-large', 'media-type-unsupported']
const forChanges: readonly ErrorCode[] = ['config-invalid', 'reference-unknown', 'apply-failed', 'storage-failed']
const forWorkers: readonly ErrorCode[] = ['worker-unavailable']
const common: readonly string[] = [...forAll, ...forBodies, ...forChanges, ...forWorkers]

const codeList = (codes: readonly ErrorCode[]): string =>
  codes.map(code => `${errorCodes[code].status} \`${code}\``).join(', ')

const general = [
  '**Access.** Every request carries a token, `Authorization: Bearer <token>`, or comes over a connection that shows who sends it; otherwise the response is 401. A server that was started without a token also accepts requests from its own ' +
  'machine, under a loopback name (`localhost`, `127.0.0.1`, `[::1]`), and refuses web pages of another origin; the response to others is 403. [Access](../guide/access.md) has the details.',
  '**Roles.** Each request needs at least the role that its table names: `read`, `operate`, which includes it, or `admin`, which includes both. A lower one gets 403 `role-insufficient`. ' +
  'A token with scopes writes only entities whose names begin so; other writes get 403 `outside-scope`. Streams of a token end when it is revoked or expires, with `event: ended`.',
  '**Versions.** Responses with one entity or the whole configuration have an `ETag`. A write with `If-Match` is applied only if that is still the version; otherwise the response is 412 and nothing has changed. ' +
  'The response to a read with `If-None-Match` is 304 if nothing has changed. The ETag covers the configuration, not the `status`.',
  '**Status.** An entity has a read-only `status` object: its state (`value`), the reason if it is not up, and the address where a user vserver listens. Writes ignore it, so an entity can be read, edited and put back.',
  '**Secrets.** No response contains a private key; `status.hasKey` shows whether a certkey has one. A write without `key` keeps it.',
  '**Errors** are `application/problem+json` with a code from the [table](errors.md). The sections below name only the codes specific to a request. The following are common. Every request: ' +
  `${codeList(forAll)}. Every body: ${codeList(forBodies)}. Every change or check of the configuration: ${
    codeList(forChanges)
  }. Every request that needs a worker: ${codeList(forWorkers)}.`,
  '**Issues.** `issues` lists the faults, 100 entries at most, unknown fields first. A `path` starts at the request\'s body: `services[1].name` of an LB vserver, `lbVservers[0].services[1].name` of a whole configuration. ' +
  'A fault outside the body has its path in the whole configuration, and the message names the entity.',
  '**Limits.** A body has at most 16 MiB, 32 levels and 50,000 values; a whole configuration has at most 500,000 values. Larger bodies are refused with 413 `body-too-large`. Bodies are checked in slices, so that other requests are answered meanwhile.'
].join('\n\n')

const headingOf = ({ method, path }: Listed): string => `${method} ${path}`

const successes = ({ responses }: Operation): string =>
  Object.entries(responses).filter(([status]) => Number(status) < 300)
    .map(([status, { content }]) =>
      [status, ...Object.values(content ?? {}).map(({ schema }) => typeOf(schema as JsonSchema))].join(' ')
    ).join(', ')

const details = (listed: Listed, document: OpenApi): string[] => {
  const { operation } = listed
  const parameters = (operation.parameters ?? []).filter(parameter => parameter.in === 'query')
  const body = Object.entries(operation.requestBody?.content ?? {})
  const codes = problemCodes(operation)
  return [
    `### ${headingOf(listed)}`,
    [`${operation.summary}.`, ...operation.description === undefined ? [] : [operation.description]].join(' '),
    ...parameters.length === 0
      ? []
      : [table(
        ['Query', 'Type', 'Default', 'Meaning'],
        parameters.map(({ name, schema, description }) => {
          const { default: value } = schema as JsonSchema
          return [
            `\`${name}\``,
            typeOf(schema as JsonSchema),
            value === undefined ? '' : `\`${String(value)}\``,
            description
          ]
        })
      )],
    ...body.length === 0 ? [] : [`Body: ${bodyWords(body, document)}`],
    answerList(operation, document),
    ...codes.length === 0 ? [] : [`Errors: ${codes.map(code => `\`${code}\``).join(', ')}.`]
  ]
}

const bodyWords = (body: readonly [string, { schema: unknown }][], document: OpenApi): string => {
  const types = body.map(([type]) => `\`${type}\``).join(' or ')
  const name = typeOf(body[0]![1].schema as JsonSchema)
  const words = `${types}, ${componentWords(name, document)}.`
  return isEntity(name, document) ? words : `${words}\n\n${fieldTable(document.components.schemas[name]!)}`
}

const componentWords = (name: string, document: OpenApi): string => {
  if (name.startsWith('Config')) return 'a whole [configuration](config.md)'
  const entity = name.replace(/Input$|Replacement$|Patch$|List$/, '')
  if (!isEntity(name, document)) return `\`${name}\``
  const link = `[${entity}](config.md#${anchor(entity.replace(/(?<=[a-z])([A-Z])/g, ' $1'))})`
  if (name.endsWith('Patch')) return `the fields of ${link} to change`
  if (name.endsWith('List')) return `\`{"items": […]}\`, each ${link} with its \`status\``
  return name.endsWith('Input') || name.endsWith('Replacement') ? link : `${link} with its \`status\``
}

const answerList = ({ responses }: Operation, document: OpenApi): string =>
  Object.entries(responses).filter(([status]) => Number(status) < 400).map(
    ([status, { description, content, headers }]) => {
      const [name] = Object.values(content ?? {}).map(({ schema }) => typeOf(schema as JsonSchema))
      const with_ = Object.keys(headers ?? {}).map(header => `\`${header}\``)
      const shape = name === undefined ? '' : ` Body: ${componentWords(name, document)}.`
      const lines = [
        `- **${status}** ${description}${shape}${with_.length === 0 ? '' : ` Headers: ${with_.join(', ')}.`}`
      ]
      if (name !== undefined && !isEntity(name, document))
        lines.push('', fieldTable(document.components.schemas[name]!))
      return lines.join('\n').trimEnd()
    }
  ).join('\n')

/** Fields of a body that is not an entity. */
const fieldTable = (schema: JsonSchema): string => {
  const fields = fieldsOf(schema)
  return fields.length === 0
    ? ''
    : table(['Field', 'Type', 'Meaning'], fields.map(field => [`\`${field.path}\``, field.type, field.meaning]))
}

const problemCodes = ({ responses }: Operation): string[] =>
  Object.entries(responses).filter(([status]) => Number(status) >= 400)
    .flatMap(([, { description }]) => [...description.matchAll(/^`([\w-]+)`:/gm)].map(([, code]) => code!)).filter(
      code => !common.includes(code)
    )
