// Every field of every entity has words: what `weir export` writes of it makes an equal one. A new collection needs a
// row in `entities`; its fields are found in its schema.
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import {
  certkeyParts,
  certkeySecrets,
  collectionNames,
  collections,
  monitorTypes,
  parseConfig,
  uses,
  type CollectionName,
  type Config
} from '@weirlb/model'
import { exportCommands } from '@weirlb/netscaler'
import { deriveOptions, kindOfEntity } from '../../packages/netscaler/src/grammar/derive-options.ts'
import { fieldOf, samples, type Schema } from '../../packages/netscaler/src/test/samples.ts'
import { importInto } from './import-into.ts'

type Fields = Record<string, unknown>

/** Entities without their name, which is `a`: the least of each kind, and such as other fields need beside them. */
const entities: Record<CollectionName, readonly Fields[]> = {
  extensions: [{ builtin: 'mqtt' }, { source: 'x' }, { builtin: 'mqtt', canary: { source: 'x', percent: 1 } }, { builtin: 'mqtt', canary: { builtin: 'mqtt', percent: 1 } }],
  userProtocols: [{ transport: 'tcp', extension: 'a' }],
  certkeys: [{ certFile: '/a' }, { ca: 'x' }, { acme: { domains: ['a.example'], directory: 'https://acme.example/d' } }],
  monitors: monitorTypes.map(type => ({ type, ...type === 'send-expect' ? { expect: 'aa' } : type === 'extension' ? { extension: 'a' } : {} })),
  services: [{ address: '127.0.0.1', port: 1 }],
  serviceGroups: [{}],
  lbVservers: [{}, { persistence: { type: 'source-ip' }, queue: { clients: 1 } }, { persistence: { type: 'cookie', secondary: 'rule', rule: { field: 'f' } } }, { persistence: { type: 'source-ip', secondary: 'rule', rule: { header: 'h' } } }],
  glbs: [{ match: { hosts: ['*'] }, pools: [{ name: 'a' }] }, { match: { field: { name: 'f', values: ['v'] } }, pools: [{ name: 'a' }], affinity: { type: 'source-ip' } }, { match: { sni: ['*'] }, pools: [{ name: 'a' }], affinity: { type: 'cookie', secondary: 'rule', rule: { field: 'f' } } }, { match: { hosts: ['*'] }, pools: [{ name: 'a' }], affinity: { type: 'source-ip', secondary: 'rule', rule: { header: 'h' } } }],
  userVservers: [{ protocol: 'a', port: 1, defaultLb: 'a' }, { protocol: 'a', port: 1, defaultLb: 'a', proxyProtocol: { from: ['10.0.0.0/8'] } }],
  geoDatabases: [{ mmdbFile: '/a' }],
  lists: [{ type: 'string' }, { type: 'string', items: ['a', 'b c'] }],
  accessRules: [{ source: 'DE', action: 'block' }],
  lockdowns: [{ paths: ['/a'], sources: ['DE'] }],
  userAgentRules: [{ contains: 'a' }],
  rules: [{ expression: 'ssl', action: 'log' }],
  edgeFunctions: [{ source: 'x' }],
  triggers: [{ pattern: '*/' }],
  rateLimits: [{ counts: 'connections', limit: 1, action: 'log' }],
  managedChecks: [{ group: 'mqtt-core' }]
}

const withAt = (fields: Fields, [name, ...below]: readonly string[], value: unknown): Fields =>
  ({ ...fields, [name!]: below.length === 0 ? value : withAt((fields[name!] ?? {}) as Fields, below, value) })

/** One entity of each collection, so that names lead somewhere. */
const others = Object.fromEntries(
  collectionNames.map(collection => [collection, [{ name: 'a', ...entities[collection][0]! }]])
)

const isSecret = (collection: CollectionName, field: readonly string[]): boolean =>
  collection === 'certkeys' &&
  certkeySecrets.some(([first, second]) => field[0] === first && (second === undefined || field[1] === second))

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown

/** A value of a field, in an entity. */
interface Variant { readonly path: string, readonly entity: Fields }

test.each(collectionNames)('%s', collection => {
  const schema = collections[collection].schema as unknown as Schema
  const wanted = new Set<string>()
  const variants: Variant[] = []
  for (const base of entities[collection]) {
    const kind = kindOfEntity(schema, schema.parse({ name: 'a', ...base }) as Fields)
    for (const { field, missing } of deriveOptions(kind, ['name'])) {
      if (isSecret(collection, field)) continue
      const path = `${String(base['type'] ?? '')} ${field.join('.')}`
      wanted.add(path)
      for (const value of samples(fieldOf(kind, field))) {
        const entity = withAt({ ...base, name: `e${variants.length}` }, field, value)
        if (!isDeepStrictEqual(value, missing) && schema.safeParse(entity).success && !isTwice(collection, entity))
          variants.push({ path, entity })
      }
    }
  }
  const config = configWith(collection, variants)
  const imported = new Map(importInto(exportCommands(config))[collection].map(entity => [entity.name, plain(entity)]))
  for (const { path, entity } of variants) {
    const before = config[collection].find(({ name }) => name === entity['name'])
    if (before === undefined) continue
    expect(imported.get(before.name), path).toEqual(plain(before))
    wanted.delete(path)
  }
  expect([...wanted]).toEqual([])
})

/** A text and its file are not given together. */
const isTwice = (collection: CollectionName, entity: Fields): boolean =>
  collection === 'certkeys' && certkeyParts.some(part => part in entity && `${part}File` in entity)

/** Returns the configuration with the entities that name nobody else than `a`. */
const configWith = (collection: CollectionName, variants: readonly Variant[]): Config => {
  const config = parseConfig({
    ...others,
    [collection]: [...others[collection]!, ...variants.map(({ entity }) => entity)]
  })
  const astray = new Set(
    [...uses(config)].filter(({ target, targetName }) => !config[target].some(({ name }) => name === targetName)).map((
      { name }
    ) => name)
  )
  return { ...config, [collection]: config[collection].filter(({ name }) => !astray.has(name)) }
}
