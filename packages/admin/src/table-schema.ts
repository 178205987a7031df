import { isField, isFieldOfMap, type Field, type FieldMap, type FieldTable } from '@weirlb/core'
import { z } from 'zod'

const numberSchema = ({ unit, doc }: Field): z.ZodType => {
  if (unit === 'ms') return z.number().min(0).describe(`${doc} In milliseconds.`)
  return z.int().min(0).describe(unit === 'time' ? `${doc} Milliseconds since 1970 (UTC), or 0.` : doc)
}

const mapSchema = ({ each, doc, names }: FieldMap): z.ZodType => {
  const value = isFieldOfMap(each) ? numberSchema(each) : tableSchema(each)
  return (names === undefined ? z.record(z.string(), value) : z.partialRecord(z.enum(names as [string, ...string[]]), value)).describe(doc)
}

/** The schema of the record that a table of statistics describes. */
export const tableSchema = (table: FieldTable): z.ZodObject =>
  z.object(Object.fromEntries(Object.entries(table).map(([name, entry]) => [name, isField(entry) ? numberSchema(entry) : mapSchema(entry)])))
