import { z } from 'zod'

/** A moment in time: ISO 8601 with `Z` or an offset. */
export const moment = z.iso.datetime({ offset: true, error: 'expected a time such as 2030-01-31T12:00:00Z' })
