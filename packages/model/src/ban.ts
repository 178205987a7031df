import { z } from 'zod'
import { comment } from './name.ts'

/** An address to be refused for a time. */
export const banInput = z.strictObject({
  address: z.string().min(1).max(64).describe(
    'IPv4 or IPv6 address, or an IPv6 network of 64 bits. Of an IPv6 address its network is banned.'
  ),
  seconds: z.int().min(1).max(31_536_000).describe('For how long, from now on.'),
  comment
}).describe('An address to ban.')
export type BanInput = z.infer<typeof banInput>
