import { z } from 'zod'
import { name } from './name.ts'

/** A named certificate chain and key, or a CA bundle. */
export const certkey = z.strictObject({
  name,
  cert: z.string().optional().describe('PEM certificate chain, leaf first.'),
  key: z.string().optional().describe('PEM private key. Write-only: no answer ever contains it.'),
  ca: z.string().optional().describe('PEM bundle of certificate authorities.'),
  comment: z.string().max(1024).optional()
})
export type Certkey = z.infer<typeof certkey>
