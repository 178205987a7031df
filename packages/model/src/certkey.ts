import { z } from 'zod'
import { comment, name } from './name.ts'

/** A named certificate chain and key, or a CA bundle. */
export const certkey = z.strictObject({
  name: name.describe('Name of the certkey.'),
  cert: z.string().optional().describe('PEM certificate chain, leaf first.'),
  key: z.string().optional().describe('PEM private key. Write-only: no answer ever contains it.'),
  ca: z.string().optional().describe('PEM bundle of certificate authorities.'),
  comment
})
export type Certkey = z.infer<typeof certkey>
