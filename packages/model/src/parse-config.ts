import { z } from 'zod'
import { certkeySecrets, keyApart } from './certkey.ts'
import { collectionNames, collections, config, type CollectionName, type Config, type Entity } from './config.ts'
import { describeChoices, describeValue } from './describe-value.ts'
import { parseEndpoint } from './endpoint.ts'
import { WeirError, type Issue } from './error.ts'
import { countValues } from './count-values.ts'

/** Check a whole configuration and fill in its defaults. Throws `config-invalid` with one issue per wrong field. */
export const parseConfig = (input: unknown): Config => parse(config, keysApart(input), 'the configuration')

/** Values that are checked before others have their turn: a few milliseconds of work. */
const SLICE = 1024

/**
 * Does the same in slices: `pause` is awaited between them, so that the process can do other work. Stops after the
 * slice in which the maximum number of issues has been found.
 */
export const parseConfigInSlices = async (input: unknown, pause: () => Promise<unknown>): Promise<Config> => {
  if (!isObject(input)) return parseConfig(input)
  const lists = collectionNames.filter(collection => Array.isArray(input[collection]))
  // Everything but lists of entities: unknown fields, and values that are no lists.
  const parsed = parseConfig({ ...input, ...Object.fromEntries(lists.map(collection => [collection, []])) }) as Record<
    CollectionName,
    unknown[]
  >
  const issues: Issue[] = []
  for (const collection of lists) {
    for (const { from, entities } of slices(input[collection] as readonly unknown[])) {
      if (from > 0) await pause()
      try {
        for (const entity of parseConfig({ [collection]: entities })[collection]) parsed[collection].push(entity)
      } catch (error) {
        const { issues: found } = error as WeirError
        issues.push(
          ...found.map(({ path, message }) => ({
            path: path.replace(/\[(\d+)\]/, (_, i) => `[${Number(i) + from}]`),
            message
          }))
        )
        if (issues.length >= MAX_ISSUES) throw refusal(issues.slice(0, MAX_ISSUES), issues.length, 'the configuration')
      }
    }
  }
  if (issues.length > 0) throw refusal(issues, issues.length, 'the configuration')
  return parsed as Config
}

/** Runs of entities with about as many values. */
function* slices (
  entities: readonly unknown[]
): Generator<{ readonly from: number, readonly entities: readonly unknown[] }> {
  let from = 0
  let values = 0
  for (const [i, entity] of entities.entries()) {
    values += countValues(entity, SLICE)
    if (values < SLICE && i < entities.length - 1) continue
    yield { from, entities: entities.slice(from, i + 1) }
    from = i + 1
    values = 0
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const keysApart = (input: unknown): unknown => {
  if (typeof input !== 'object' || input === null || !('certkeys' in input) || !Array.isArray(input.certkeys))
    return input
  return { ...input, certkeys: input.certkeys.map(keyApart) }
}

/**
 * Check one entity and fill in its defaults. Throws `config-invalid`; paths start at the entity, as in
 * `limits.maxClients`.
 */
export const parseEntity = <C extends CollectionName>(collection: C, input: unknown): Entity<C> =>
  parse<Entity<CollectionName>>(
    collections[collection].schema as z.ZodType<Entity<CollectionName>>,
    collection === 'certkeys' ? keyApart(input) : input,
    `the ${collections[collection].noun}`
  ) as Entity<C>

/** Check the settings of an action and fill in their defaults. Throws `config-invalid`. */
export const parseSettings = <T>(schema: z.ZodType<T>, input: unknown, what: string): T => parse(schema, input, what)

/** Returns a value's path in the form of issues: `userVservers[2].port`. */
export const pathText = (path: readonly PropertyKey[]): string => {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else text += text === '' ? String(step) : `.${String(step)}`
  }
  return text
}

const parse = <T>(schema: z.ZodType<T>, input: unknown, what: string): T => {
  const result = schema.safeParse(input)
  const unseen = result.success ? unseenField(input) : undefined
  if (result.success && unseen === undefined) return result.data
  throw result.success
    ? refusal([unseen!], 1, what)
    : refusal(issuesOf(schema, input, result.error), result.error.issues.length, what)
}

const refusal = (issues: readonly Issue[], found: number, what: string): WeirError => {
  const { path, message } = issues[0]!
  return new WeirError(
    'config-invalid',
    `${path === '' ? what : path}: ${message}${found > 1 ? ` (and ${found - 1} more)` : ''}`,
    { issues }
  )
}

/** zod silently omits a value under this name in a map. */
const UNSEEN = '__proto__'

const unseenField = (input: unknown, path: readonly PropertyKey[] = []): Issue | undefined => {
  if (typeof input !== 'object' || input === null) return undefined
  if (Object.hasOwn(input, UNSEEN)) return { path: pathText(path), message: `unknown field '${UNSEEN}'` }
  for (const [name, value] of Array.isArray(input) ? input.entries() : Object.entries(input)) {
    // Deeper than any schema goes, nothing is kept.
    const found = path.length > 16 ? undefined : unseenField(value, [...path, name])
    if (found !== undefined) return found
  }
  return undefined
}

/** Maximum issues reported for one input: more are usually one mistake in many places. */
export const MAX_ISSUES = 100

/**
 * Returns the faults of a value that its schema refused: each field, its value and the choices, `MAX_ISSUES` at
 * most. Unknown fields come first: a missing field is usually a misspelt one.
 */
export const issuesOf = (schema: z.ZodType, input: unknown, refused: z.ZodError): Issue[] => {
  const issues = refused.issues.map(innermost)
  const unknown = issues.filter(({ code }) => code === 'unrecognized_keys')
  const others = issues.filter(({ code }) => code !== 'unrecognized_keys')
  return [...unknown, ...others].slice(0, MAX_ISSUES).map(issue => ({
    path: pathText(issue.path),
    message: message(schema, input, issue)
  }))
}

/**
 * For a value of several possible shapes: the faults inside the shape it has, if one parsed further than the value
 * itself.
 */
const innermost = (issue: z.core.$ZodIssue): z.core.$ZodIssue => {
  if (issue.code !== 'invalid_union') return issue
  const inner = issue.errors.map(branch => branch[0]).find(first => first !== undefined && first.path.length > 0)
  return inner === undefined ? issue : innermost({ ...inner, path: [...issue.path, ...inner.path] })
}

/** Returns the fault, then the given value. */
const message = (schema: z.ZodType, input: unknown, issue: z.core.$ZodIssue): string => {
  const value = secret(issue.path) ? 'a hidden value' : describeValue(valueAt(input, issue.path))
  switch (issue.code) {
    case 'invalid_type':
      return value === 'nothing' ? `is missing; expected ${issue.expected}` : `expected ${issue.expected}, got ${value}`
    case 'invalid_value':
      return `expected one of ${describeChoices(issue.values.map(v => String(v)))}; got ${value}`
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length > 1 ? 'fields' : 'field'} ${
        describeChoices(issue.keys.map(k => `'${k}'`))
      }; there are: ${describeChoices(fieldsAt(schema, issue.path, valueAt(input, issue.path)))}`
    case 'too_small':
      return `must be ${least(issue)}; got ${size(issue.origin, input, issue.path) ?? value}`
    case 'too_big':
      return `must be ${most(issue)}; got ${size(issue.origin, input, issue.path) ?? value}`
    case 'invalid_union':
      return `${unionWords(schema, issue)}${withoutBrackets(valueAt(input, issue.path))}; got ${value}`
    case 'custom':
      return issue.message
    default:
      return `${issue.message}; got ${value}`
  }
}

const unit = (origin: string): string =>
  origin === 'string' ? ' characters long' : origin === 'array' ? ' entries long' : ''
const least = (i: z.core.$ZodIssueTooSmall): string =>
  `${i.inclusive === false ? 'more than' : 'at least'} ${i.minimum}${unit(i.origin)}`
const most = (i: z.core.$ZodIssueTooBig): string =>
  `${i.inclusive === false ? 'less than' : 'at most'} ${i.maximum}${unit(i.origin)}`

/** For lengths the length itself is what the reader wants, not the text. */
const size = (origin: string, input: unknown, path: readonly PropertyKey[]): string | undefined => {
  if (origin !== 'string' && origin !== 'array') return undefined
  return String((valueAt(input, path) as { length: number }).length)
}

/** A secret never appears in a message, whatever is wrong with it. */
const secret = (path: readonly PropertyKey[]): boolean => {
  const within = path[0] === 'certkeys' ? path.slice(2) : path
  return certkeySecrets.some(field => field.length === within.length && field.every((step, i) => step === within[i]))
}

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown => {
  let value = input
  for (const step of path)
    value = typeof value === 'object' && value !== null
      ? (value as Record<PropertyKey, unknown>)[step]
      : undefined
  return value
}

const unionWords = (schema: z.ZodType, issue: z.core.$ZodIssueInvalidUnion): string => {
  if (issue.discriminator !== undefined) {
    const choices = discriminatorChoices(schemaAt(schema, issue.path.slice(0, -1)), issue.discriminator)
    return `expected one of ${describeChoices(choices)}`
  }
  return `expected ${shapesOf(issue).join(' or ')}`
}

/** People write an IP address as it stands in a URL. */
const withoutBrackets = (value: unknown): string => {
  const endpoint = typeof value === 'string' && value.startsWith('[') ? parseEndpoint(value) : undefined
  return endpoint === undefined
    ? ''
    : `, without brackets${endpoint.port === undefined ? '' : ' and port'}: "${endpoint.address}"`
}

const shapesOf = (issue: z.core.$ZodIssueInvalidUnion): string[] => issue.errors.flatMap(([first]) => {
  switch (first?.code) {
    case 'invalid_type': return [first.expected]
    case 'invalid_format': return [first.format]
    case 'invalid_union': return shapesOf(first)
    default: return ['another shape']
  }
})

const discriminatorChoices = (schema: z.ZodType | undefined, discriminator: string): string[] => {
  const options = schema instanceof z.ZodDiscriminatedUnion ? schema.options : []
  return options.flatMap(option => {
    const field = option instanceof z.ZodObject ? (option.shape as Record<string, z.ZodType>)[discriminator] : undefined
    return field instanceof z.ZodLiteral ? [...field.values].map(String) : []
  })
}

const fieldsAt = (schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] => {
  const at = schemaAt(schema, path)
  return at === undefined ? [] : [...new Set(shapes(chosen(at, value)).flatMap(shape => Object.keys(shape)))]
}

/** Returns, of several kinds of object, the one that this value names. */
const chosen = (schema: z.ZodType, value: unknown): z.ZodType => {
  if (!(schema instanceof z.ZodDiscriminatedUnion) || typeof value !== 'object' || value === null) return schema
  const { discriminator } = schema.def
  const said = (value as Record<string, unknown>)[discriminator]
  const option = schema.options.find(option => {
    const field = shapes(option as z.ZodType)[0]?.[discriminator]
    return field instanceof z.ZodLiteral && (field.values as Set<unknown>).has(said)
  })
  return option as z.ZodType | undefined ?? schema
}

/** Returns the schema of the value at `path`, without the wrappers for defaults. */
const schemaAt = (schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined => {
  let at: z.ZodType | undefined = bare(schema)
  for (const step of path) {
    const next: z.ZodType | undefined = at instanceof z.ZodArray
      ? at.element as z.ZodType
      : shapes(at).find(shape => step in shape)?.[step]
    if (next === undefined) return undefined
    at = bare(next)
  }
  return at
}

/** Returns the fields of an object, or of each kind of object allowed here. */
const shapes = (schema: z.ZodType): Record<PropertyKey, z.ZodType>[] => {
  if (schema instanceof z.ZodObject) return [schema.shape as Record<PropertyKey, z.ZodType>]
  return schema instanceof z.ZodDiscriminatedUnion ? schema.options.flatMap(option => shapes(option as z.ZodType)) : []
}

const bare = (schema: z.ZodType): z.ZodType => {
  let at = schema
  while (at instanceof z.ZodDefault || at instanceof z.ZodPrefault || at instanceof z.ZodOptional)
    at = at.unwrap() as z.ZodType
  return at
}
