import { collections, type CollectionName } from '@weirlb/model'
import type { z } from 'zod'
import type { Call, ObjectWords } from '../grammar/command.ts'
import { nameOf } from '../grammar/kind.ts'
import type { Foreign, Parameter } from '../grammar/option.ts'
import { namedOptions, withOwnOptions, type FieldRow } from './fields.ts'

/** An object of NetScaler that is one entity of Weir. */
export interface EntityRow extends ObjectWords {
  readonly collection: CollectionName
  /** The component of its operations in the REST API: `LbVserver`. */
  readonly component: string
  /** Arguments of `add` behind the name, in their order. */
  readonly arguments: readonly Parameter[]
  /** Further arguments of `add` that NetScaler has, and that set no field. */
  readonly trailing?: readonly Parameter[]
  /** NetScaler's options, by the fields that they set. */
  readonly options: Readonly<Record<string, FieldRow>>
  /** Options that set several fields, or a field in a way of their own. */
  readonly extra?: readonly Parameter[]
  readonly foreign: Foreign
  /** Fields without an option: `bind` sets them, or they are texts of another file. */
  readonly omit?: readonly string[]
  /** Optional objects that are given as JSON: not every field of theirs has an option. */
  readonly whole?: readonly string[]
  /** What `enable` and `disable` do, where they are not about clients. */
  readonly switches?: Readonly<Record<'enable' | 'disable', string>>
  /** Returns the call with values in place of names that only its request knows. */
  prepare? (call: Call): Call
}

/** Arguments and options of the commands of an entity. */
export interface RowParameters {
  readonly name: Parameter
  readonly add: readonly Parameter[]
  readonly set: readonly Parameter[]
}

/** Returns the parameters of a row: NetScaler's options, and Weir's own for every other field. */
export const parametersOf = (row: EntityRow): RowParameters => {
  const { schema: ofCollection, noun } = collections[row.collection]
  const schema = ofCollection as unknown as z.ZodType
  const named = [...namedOptions(schema, row.options), ...row.extra ?? []]
  const omit = ['name', ...row.omit ?? []]
  const argued = row.arguments.flatMap(({ field }) => field === undefined ? [] : [field.join('.')])
  return {
    name: { name: 'name', kind: nameOf(row.collection), field: ['name'], doc: `Name of the ${noun}.` },
    add: withOwnOptions(schema, named, [...omit, ...argued]),
    set: withOwnOptions(schema, [...named, ...row.arguments.filter(({ name }) => !named.some(option => option.name === name)).map(asOption)], omit)
  }
}

const asOption = ({ optional: _, ...parameter }: Parameter): Parameter => parameter
