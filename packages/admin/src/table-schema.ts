import {
  isField,
  isFieldOfMap,
  isHistogram,
  type Field,
  type FieldMap,
  type FieldTable,
  type HistogramField
} from '@weirlb/core'
import { z } from 'zod'

const numberSchema = ({ unit, doc }: Field): z.ZodType => {
  if (unit === 'ms') return z.number().min(0).describe(`${doc} In milliseconds.`)
  return z.int().min(0).describe(unit === 'time' ? `${doc} Milliseconds since 1970 (UTC), or 0.` : doc)
}

const histogramSchema = ({ bounds, doc }: HistogramField): z.ZodType =>
  z.object({
    count: z.int().min(0).describe('Number of times.'),
    sum: z.number().min(0).describe('Their sum, in milliseconds.'),
    p50: z.number().min(0).optional().describe(
      'Half of the times are at most so long, in milliseconds, as far as the buckets tell; omitted while there are none.'
    ),
    p99: z.number().min(0).optional().describe('99 of 100 are; the largest bound, if more are above that.'),
    counts: z.array(z.int().min(0)).length(bounds.length + 1).describe(
      `Number of times in each bucket: up to ${bounds.join(', ')} ms, and above.`
    )
  }).describe(doc)

const mapSchema = ({ each, doc, names }: FieldMap): z.ZodType => {
  const value = isFieldOfMap(each) ? numberSchema(each) : tableSchema(each)
  return (names === undefined
    ? z.record(z.string(), value)
    : z.partialRecord(z.enum(names as [string, ...string[]]), value)).describe(doc)
}

/** The schema of the record that a table of statistics describes. */
export const tableSchema = (table: FieldTable): z.ZodObject =>
  z.object(
    Object.fromEntries(
      Object.entries(table).map((
        [name, entry]
      ) => [
        name,
        isField(entry) ? numberSchema(entry) : isHistogram(entry) ? histogramSchema(entry) : mapSchema(entry)
      ])
    )
  )
