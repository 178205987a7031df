import { rateLimitPreset } from '@weirlb/model'
import { z } from 'zod'

export const ban = z.object({
  address: z.string().describe('The address; of IPv6, its network of 64 bits.'),
  by: z.string().optional().describe('The rate limit that made it; omitted for an operator.'),
  comment: z.string().optional(),
  since: z.string().describe('ISO 8601, UTC.'),
  endsAt: z.string().describe('ISO 8601, UTC.'),
  remainingSeconds: z.int().min(0)
}).describe('An address that is refused for a time.')
export const bans = z.object({
  items: z.array(ban),
  truncated: z.boolean().describe('True if there are more than `limit`.')
})
export const deletedBans = z.object({ deleted: z.int().min(0).describe('Number of bans that were lifted.') })
export const rateLimitPresets = z.object({ items: z.array(rateLimitPreset) })
export const rateLimitCounters = z.object({
  items: z.array(z.object({
    key: z.string().describe('What has the counter: values of `by`. Those that may be private are hashes.'),
    counted: z.number().describe('As the worker sees it that has counted most.'),
    limit: z.number().describe('How many pass within the period.'),
    actsForSeconds: z.int().min(0).describe('The action goes on for so long; 0: only for what is over the limit.')
  })),
  truncated: z.boolean().describe('True if there are more than `limit`.')
})
