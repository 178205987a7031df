// Every limit of the configuration, as its schema has it: the value at the limit is taken, one step beyond is refused.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { collectionNames, collections, type CollectionName } from './config.ts'
import type { WeirError } from './error.ts'
import { floodControlIds } from './flood-controls.ts'
import { parseEntity } from './parse-config.ts'

interface Schema {
  readonly type?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
  readonly const?: unknown
}

/** The least that each collection takes; the objects whose fields have limits stand in it. */
const least = (): Record<CollectionName, Record<string, unknown>> => ({
  extensions: { name: 'e', builtin: 'mqtt', canary: { builtin: 'mqtt', percent: 1 } },
  userProtocols: { name: 'p', transport: 'ws', extension: 'e' },
  certkeys: { name: 'c', acme: { directory: 'https://acme.example/directory', domains: ['a.example'] } },
  monitors: { name: 'm', type: 'tcp' },
  services: { name: 's', address: '127.0.0.1', port: 1, websocket: {}, tls: {}, monitors: [{ type: 'tcp' }] },
  serviceGroups: {
    name: 'g',
    members: [{ address: '127.0.0.1', port: 1 }],
    websocket: {},
    tls: {},
    monitors: [{ type: 'tcp' }]
  },
  lbVservers: {
    name: 'l',
    services: [{ name: 's' }],
    monitors: [{ type: 'tcp' }],
    persistence: { type: 'source-ip', secondary: 'cookie' },
    spillover: { connections: 1 },
    queue: { clients: 1 }
  },
  glbs: {
    name: 'g',
    match: { hosts: ['*'], field: { name: 'f', values: ['v'] } },
    pools: [{ name: 'l' }],
    affinity: { type: 'source-ip', secondary: 'cookie' }
  },
  userVservers: {
    name: 'v',
    protocol: 'p',
    port: 1,
    defaultLb: 'l',
    proxyProtocol: { from: ['10.0.0.0/8'] },
    http: {},
    websocket: {}
  },
  geoDatabases: { name: 'g', mmdbFile: '/g.mmdb' },
  lists: { name: 'l', type: 'string' },
  accessRules: { name: 'a', source: 'DE', action: 'block' },
  lockdowns: { name: 'l', paths: ['/admin'], sources: ['DE'], response: {} },
  userAgentRules: { name: 'u', contains: 'bot', response: {} },
  rules: { name: 'r', expression: 'ssl', action: 'log', response: {} },
  edgeFunctions: { name: 'f', source: 'x', limits: {}, strikes: {} },
  triggers: { name: 't', pattern: '*/' },
  rateLimits: { name: 'l', counts: 'requests', limit: 1, action: 'block', response: {} },
  managedChecks: { name: 'm', group: 'ws-upgrade' }
})

/** One number of a field, and what stands beyond it. */
interface Bound {
  readonly collection: CollectionName
  /** Of a collection with several kinds of entities. */
  readonly kind: string | undefined
  readonly path: readonly string[]
  readonly at: unknown
  readonly beyond: unknown
  readonly what: string
}

/** An item of a list that the collection takes, by the list's name; of the rest a name is one. */
const items: Readonly<Record<string, (i: number) => unknown>> = {
  monitors: () => ({ type: 'tcp' }),
  services: i => ({ name: `s${i}` }),
  members: i => ({ address: '127.0.0.1', port: i + 1 }),
  pools: i => ({ name: `l${i}` }),
  domains: i => `h${i}.example`,
  hosts: i => `h${i}.example`,
  sni: i => `h${i}.example`,
  allowFrom: i => `10.0.${i >> 8}.${i & 255}`,
  exemptFrom: i => `10.0.${i >> 8}.${i & 255}`,
  off: i => floodControlIds[i % floodControlIds.length],
  counts: i => ['dial-failed', 'closed', 'unanswered', 'refused'][i % 4],
  expectedCodes: i => `${200 + i}`,
  trustedProxies: i => `10.0.${i >> 8}.${i & 255}`,
  from: i => `10.0.${i >> 8}.${i & 255}`,
  paths: i => `/p${i}`,
  sources: i => `10.0.${i >> 8}.${i & 255}`,
  allowedOrigins: i => `https://o${i}.example`
}

/** Zod's own bound of integers is none of ours. */
const isOurs = (value: number | undefined): value is number =>
  value !== undefined && Number.isSafeInteger(value + 1) && Number.isSafeInteger(value - 1) && value > -1e15

const boundsOf = (collection: CollectionName): Bound[] => {
  const bounds: Bound[] = []
  let kind: string | undefined
  const visit = (schema: Schema, path: readonly string[]): void => {
    const add = (what: string, at: unknown, beyond: unknown): void => {
      bounds.push({
        collection,
        kind,
        path,
        at,
        beyond,
        what: `${collection} ${kind === undefined ? '' : `${kind} `}${path.join('.')} ${what}`
      })
    }
    const step = schema.type === 'integer' ? 1 : 0.001
    if (schema.minimum !== undefined) add(`at least ${schema.minimum}`, schema.minimum, schema.minimum - step)
    if (isOurs(schema.maximum)) add(`at most ${schema.maximum}`, schema.maximum, schema.maximum + step)
    const listOf = (length: number): unknown[] =>
      Array.from({ length }, (_, i) => (items[path.at(-1)!] ?? (n => `n${n}`))(i))
    if (schema.maxItems !== undefined)
      add(`with at most ${schema.maxItems} items`, listOf(schema.maxItems), listOf(schema.maxItems + 1))
    if (schema.minItems !== undefined)
      add(`with at least ${schema.minItems} items`, listOf(schema.minItems), listOf(schema.minItems - 1))
    for (const [name, field] of Object.entries(schema.properties ?? {})) visit(field, [...path, name])
    if (schema.items !== undefined) visit(schema.items.oneOf?.[0] ?? schema.items, [...path, '0'])
  }
  const whole = z.toJSONSchema(collections[collection].schema, { io: 'input', unrepresentable: 'any' }) as Schema
  if (whole.oneOf === undefined) visit(whole, [])
  for (const each of whole.oneOf ?? []) {
    kind = each.properties!['type']!.const as string
    visit(each, [])
  }
  return bounds
}

/** Fields that a kind needs beside its name. */
const needed: Readonly<Record<string, object>> = { 'send-expect': { expect: 'x' }, extension: { extension: 'e' } }

const entityWith = ({ collection, kind, path }: Bound, value: unknown): Record<string, unknown> => {
  const entity = { ...least()[collection], ...kind === undefined ? {} : { type: kind, ...needed[kind] } }
  let at: Record<string, unknown> = entity
  for (const name of path.slice(0, -1)) at = (at[name] ??= {}) as Record<string, unknown>
  at[path.at(-1)!] = value
  return entity
}

const all = collectionNames.flatMap(boundsOf)

test.each(all)('$what', bound => {
  const parsed = parseEntity(bound.collection, entityWith(bound, bound.at)) as unknown
  const taken = bound.path.reduce((at, name) => (at as Record<string, unknown>)[name], parsed)
  if (Array.isArray(bound.at)) expect(taken).toHaveLength(bound.at.length)
  else expect(taken).toBe(bound.at)
  expect(() => parseEntity(bound.collection, entityWith(bound, bound.beyond))).toThrow(expect.objectContaining(
    {
      code: 'config-invalid',
      issues: [{
        path: bound.path.join('.').replace(/\.(\d+)/g, '[$1]'),
        message: expect.stringMatching(
          new RegExp(
            `must (be|have) at (least|most) ${Array.isArray(bound.at) ? bound.at.length : String(bound.at)}\\b.*; got `
          )
        ) as string
      }]
    } satisfies Partial<WeirError>
  ) as Error)
})

test('they are all of them', () => { expect(all.length).toBeGreaterThan(80) })
