import {
  apiToken,
  apiTokens,
  auditEntries,
  auditEntry,
  banInput,
  binding,
  collectionNames,
  collections,
  config,
  configPlan,
  disableInput,
  drainInput,
  job,
  listChange,
  member,
  monitorBinding,
  monitorUse,
  newApiToken,
  rebalanceInput,
  revisionDiff,
  rotateInput,
  tokenInput,
  withoutPath,
  type CollectionName
} from '@weirlb/model'
import { z } from 'zod'
import * as answers from './answer-schemas.ts'
import * as functions from './edge-function-schemas.ts'
import { type EntityComponent, entityComponents, secretFields, statusField } from './entity-components.ts'
import * as executing from './exec-schemas.ts'
import * as explaining from './explain-schemas.ts'
import * as histories from './history-schemas.ts'
import * as limiting from './limit-schemas.ts'
import * as ruling from './rule-schemas.ts'
import * as securing from './security-schemas.ts'
import * as tracing from './trace-schemas.ts'
import * as transactions from './transaction-schemas.ts'

/** Plain JSON Schema (2020-12), as OpenAPI 3.1 takes it. */
export type JsonSchema = z.core.JSONSchema.BaseSchema

/** Name of a schema in the description of the API. */
export type ComponentName =
  | EntityComponent
  | `${EntityComponent}Input`
  | `${EntityComponent}Replacement`
  | `${EntityComponent}Patch`
  | `${EntityComponent}List`
  | 'Config'
  | 'ConfigInput'
  | 'BindingInput'
  | 'MonitorBinding'
  | 'MemberInput'
  | 'MemberChange'
  | 'MonitorUse'
  | 'MonitorUseInput'
  | keyof typeof answerComponents

const answerComponents = {
  Problem: answers.problem,
  ErrorPage: answers.errorPage,
  ErrorPages: answers.errorPages,
  EntityStatus: answers.entityStatus,
  Declaration: answers.declaration,
  Framing: answers.framing,
  ExtensionSource: answers.extensionSource,
  ConfigPlan: configPlan.describe('What a configuration would do.'),
  DrainInput: drainInput.describe('How a service is drained.'),
  DisableInput: disableInput.describe('When and how a service is disabled.'),
  RebalanceInput: rebalanceInput.describe('How an LB vserver is rebalanced.'),
  Job: job.describe('A job.'),
  Jobs: answers.jobs,
  Revisions: answers.revisions,
  RevisionDocument: answers.revisionDocument,
  RevisionDiff: revisionDiff.describe('What differs between two revisions.'),
  ListChangeInput: listChange.describe('Items that come into a list, and items that go.'),
  Sessions: answers.sessions,
  Session: answers.session,
  SessionInput: answers.sessionInput,
  SetSessions: answers.setSessions,
  DeletedSessions: answers.deletedSessions,
  Connection: answers.connection,
  Connections: answers.connections,
  ConnectionLife: answers.connectionLife,
  Stats: answers.stats,
  Health: answers.health,
  History: histories.history,
  HistorySample: histories.historySample,
  Nodes: answers.nodes,
  ServiceHealth: answers.serviceHealth,
  FloodControls: answers.floodControlList,
  Event: answers.event,
  ExplainInput: explaining.explainInput,
  ExpressionInput: ruling.expressionInput,
  ValidatedExpression: ruling.validatedExpression,
  RuleTestInput: ruling.ruleTestInput,
  RuleTest: ruling.ruleTest,
  FunctionSource: functions.functionSource,
  FunctionDeclaration: functions.functionDeclaration,
  FunctionTestInput: functions.functionTestInput,
  FunctionTest: functions.functionTest,
  TriggerMatchInput: functions.triggerMatchInput,
  TriggerMatches: functions.triggerMatches,
  SecurityEvent: securing.securityEvent,
  SecurityEvents: securing.securityEvents,
  SecurityTop: securing.securityTop,
  BanInput: banInput,
  Ban: limiting.ban,
  Bans: limiting.bans,
  DeletedBans: limiting.deletedBans,
  RateLimitPresets: limiting.rateLimitPresets,
  RateLimitCounters: limiting.rateLimitCounters,
  ManagedGroups: ruling.managedGroupsAnswer,
  Explanation: explaining.explanation,
  LbExplanation: explaining.lbExplanation,
  TraceInput: tracing.traceInput,
  TraceStatus: tracing.traceStatus,
  TraceRecord: tracing.traceRecord,
  TransactionInput: transactions.transactionInput,
  TransactionDone: transactions.transactionDone,
  ExecInput: executing.execInput,
  ExecDone: executing.execDone,
  Completions: executing.completions,
  TokenInput: tokenInput,
  RotateInput: rotateInput,
  ApiToken: apiToken,
  ApiTokens: apiTokens,
  NewApiToken: newApiToken,
  AuditEntry: auditEntry,
  AuditEntries: auditEntries,
  LogLevel: answers.logLevel,
  OpenApiDocument: answers.openApiDocument
} as const

const reference = (name: ComponentName): JsonSchema => ({ $ref: `#/components/schemas/${name}` })

const convert = (io: 'input' | 'output', schemas: Readonly<Record<string, z.ZodType>>): Record<string, JsonSchema> => {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id })
  const converted =
    z.toJSONSchema(registry, {
      io,
      uri: id => `#/components/schemas/${id}`,
      override: ({ jsonSchema }) => dropSafeRange(jsonSchema)
    }).schemas
  for (const schema of Object.values(converted)) {
    delete schema.$id
    delete schema.$schema
  }
  return converted
}

/** zod adds the range of safe integers to every integer; readers need only the chosen limits. */
const dropSafeRange = (schema: JsonSchema): void => {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
}

const readOnlyStatus: JsonSchema = { ...reference('EntityStatus'), readOnly: true }

/** The schema without the field at a path. */
const withoutField = (schema: JsonSchema, path: readonly string[]): JsonSchema =>
  withoutPath(schema, path.flatMap(step => ['properties', step]))

/** As the API returns it: defaults filled in, secrets omitted, the status added. */
const shown = (collection: CollectionName, schema: JsonSchema): JsonSchema =>
  written((secretFields[collection] ?? []).reduce(withoutField, schema))

/** Returns the schema with each of its kinds changed, or with itself changed if it has none. */
const eachKind = ({ oneOf, ...schema }: JsonSchema, change: (kind: JsonSchema) => JsonSchema): JsonSchema =>
  oneOf === undefined ? change(schema) : { ...schema, oneOf: (oneOf as JsonSchema[]).map(change) }

/** As a client writes it. */
const written = (schema: JsonSchema): JsonSchema =>
  eachKind(schema, kind => ({ ...kind, properties: { ...kind.properties, [statusField]: readOnlyStatus } as never }))

/** As a client writes it in the place of the one whose name is in the path. */
const replaced = (schema: JsonSchema): JsonSchema =>
  eachKind(schema, kind => ({ ...kind, required: (kind.required ?? []).filter(field => field !== 'name') }))

/** As a JSON Merge Patch (RFC 7396): every field optional, null removes. */
const patched = (noun: string, schema: JsonSchema): JsonSchema => ({
  type: 'object',
  description:
    `JSON Merge Patch (RFC 7396) of a ${noun}: what is left out stays, null resets a field to its default, objects merge, lists are replaced.`,
  properties: Object.fromEntries(
    Object.entries(allFields(schema)).map((
      [name, field]
    ) => [name, name === 'name' || name === statusField ? field : { anyOf: [patchable(field), { type: 'null' }] }])
  ) as never,
  additionalProperties: false
})

/** The fields of a schema, or those of all its kinds; one with several values has them all. */
const allFields = ({ properties, oneOf }: JsonSchema): Record<string, JsonSchema> => {
  if (oneOf === undefined) return (properties ?? {}) as Record<string, JsonSchema>
  const fields: Record<string, JsonSchema> = {}
  for (const kind of oneOf as JsonSchema[]) {
    for (const [name, field] of Object.entries(kind.properties ?? {}) as [string, JsonSchema][]) {
      const before = fields[name]
      fields[name] = before === undefined || field.const === undefined
        ? before ?? field
        : { type: 'string', enum: [...before.enum ?? [before.const!], field.const] }
    }
  }
  return fields
}

/** Objects within a patch are patches too, so none of their fields is required and no default is filled in. */
const patchable = (schema: JsonSchema): JsonSchema => {
  const { default: _, required: __, ...rest } = schema
  return rest
}

const named = (suffix: '' | 'Input', names: readonly CollectionName[] = collectionNames): Record<string, z.ZodType> =>
  Object.fromEntries(
    names.map(collection => [`${entityComponents[collection]}${suffix}`, collections[collection].schema])
  )

let made: Readonly<Record<string, JsonSchema>> | undefined

/**
 * Every schema of the API by its name in the OpenAPI document. Made once: it is the same wherever the API is mounted.
 */
export const components = (): Readonly<Record<string, JsonSchema>> => made ??= make()

const make = (): Record<string, JsonSchema> => {
  const outputs = convert('output', { ...named(''), Config: config, MonitorUse: monitorUse })
  const inputs = convert('input', {
    ...named('Input'),
    ConfigInput: config,
    BindingInput: binding.describe('A service or service group to bind.'),
    MonitorBinding: monitorBinding.describe('A monitor to bind.'),
    MemberInput: member.describe('A member to add.'),
    MonitorUseInput: monitorUse
  })
  const all: Record<string, JsonSchema> = {
    Config: outputs['Config']!,
    ConfigInput: inputs['ConfigInput']!,
    BindingInput: inputs['BindingInput']!,
    MonitorBinding: inputs['MonitorBinding']!,
    MemberInput: inputs['MemberInput']!,
    MemberChange: patched('member', inputs['MemberInput']!),
    MonitorUse: outputs['MonitorUse']!,
    MonitorUseInput: inputs['MonitorUseInput']!
  }
  for (const collection of collectionNames) {
    const component = entityComponents[collection]
    all[component] = shown(collection, outputs[component]!)
    all[`${component}Input`] = written(inputs[`${component}Input`]!)
    all[`${component}Replacement`] = replaced(all[`${component}Input`]!)
    all[`${component}Patch`] = patched(collections[collection].noun, written(inputs[`${component}Input`]!))
    all[`${component}List`] = {
      type: 'object',
      properties: { items: { type: 'array', items: reference(component) } } as never,
      required: ['items'],
      additionalProperties: false
    }
  }
  const parts = Object.entries(answerComponents)
  const sent = (name: string): boolean => name.endsWith('Input')
  // A client may omit fields that have a default.
  return {
    ...all,
    ...convert('input', Object.fromEntries(parts.filter(([name]) => sent(name)))),
    ...convert('output', Object.fromEntries(parts.filter(([name]) => !sent(name))))
  }
}
