import { figureFields, type FigureName } from '@weirlb/core'
import { closeReasons, type CloseReason } from '@weirlb/model'
import { z } from 'zod'

const names = Object.keys(figureFields) as FigureName[]
const time = z.number().describe('Milliseconds since 1970 (UTC).')
const refusals = z.partialRecord(z.enum(Object.keys(closeReasons) as [CloseReason, ...CloseReason[]]), z.int().min(0))
  .describe('Refused clients and requests of the kept time, by close reason.')

const unitOf = { count: '', bytes: ' In bytes.', ms: ' In milliseconds.' } as const
const docOf = (name: FigureName): string => `${figureFields[name].doc}${unitOf[figureFields[name].unit]}`
const value = z.number().nullable()
const each = (schema: z.ZodType): Record<string, z.ZodType> =>
  Object.fromEntries(names.map(name => [name, schema.describe(docOf(name))]))

const figures = z.object({ ...each(value), refusals })

export const history = z.object({
  lastId: z.string().describe('Id of the last sample: `Last-Event-ID` of a stream that goes on from here.'),
  everySeconds: z.number().describe('Time between two samples.'),
  times: z.array(time).describe('Times of the samples, the oldest first.'),
  figures: z.object(each(z.array(value))).describe('A value for each sample; null where there was nothing to measure.'),
  refusals,
  userVservers: z.array(z.string()).describe('User vservers that have a history.')
}).describe('The latest hour of figures.')

export const historySample = z.object({
  time,
  all: figures.describe('Of all user vservers together.'),
  userVservers: z.record(z.string(), figures).describe('Of each user vserver that has a history.')
}).describe('A sample of figures.')
