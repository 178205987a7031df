import { z } from 'zod'

/** Maximum entries of a listing. */
export const limit = z.coerce.number().int().min(1).max(10_000)
export const listLimit = limit.default(1000).describe('Maximum entries in the response.')

/** Returns a listing. One more entry than shown is queried, to detect further ones. */
export const cut = <T>(items: readonly T[], limit: number): { items: readonly T[], truncated: boolean } => ({
  items: items.slice(0, limit),
  truncated: items.length > limit
})
