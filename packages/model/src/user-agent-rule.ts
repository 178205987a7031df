import { z } from 'zod'
import { comment, name } from './name.ts'
import { ruleResponse } from './rule.ts'

/** HTTP clients that are refused by their User-Agent header. */
export const userAgentRule = z.strictObject({
  name: name.describe('Name of the user-agent rule.'),
  contains: z.string().min(1).max(512).describe(
    'Text that the User-Agent header of a refused client contains, in capitals or not.'
  ),
  vservers: z.array(name).max(4096).default([]).describe(
    'User vservers to which it applies. Empty: all that take HTTP requests.'
  ),
  response: ruleResponse.optional().describe('What the client gets. Default: 403 without a body.'),
  state: z.enum(['enabled', 'disabled']).default('enabled').describe('`disabled` has no effect.'),
  comment
})
export type UserAgentRule = z.infer<typeof userAgentRule>
