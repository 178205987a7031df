import { z } from 'zod'
import { comment, name } from './name.ts'
import { ruleResponse } from './rule.ts'
import { source } from './source.ts'

/** Paths that only clients from some sources may ask for. */
export const lockdown = z.strictObject({
  name: name.describe('Name of the lockdown.'),
  paths: z.array(
    z.string().min(1).max(1024).regex(
      /^[^\s?#/]*\/[^\s?#]*$/,
      'expected a path such as /admin/*, with a host in front or without: www.example.com/admin/*'
    )
  ).min(1).max(256).describe(
    'Paths, without a query. `*` is any text: `/admin/*`. A host may stand in front: `www.example.com/admin/*`. They are compared with the path in its normal form, decoded, and with several slashes as one.'
  ),
  sources: z.array(source).min(1).max(1024).describe(
    'Where clients come from that may ask for them; as in access rules.'
  ),
  vservers: z.array(name).max(4096).default([]).describe(
    'User vservers to which it applies. Empty: all that take HTTP requests.'
  ),
  priority: z.int().min(0).max(2_147_483_647).default(0).describe(
    'The first lockdown whose paths fit decides. They are looked at from the lowest to the highest; 0 is last.'
  ),
  response: ruleResponse.optional().describe('What everybody else gets. Default: 403 without a body.'),
  state: z.enum(['enabled', 'disabled']).default('enabled').describe('`disabled` has no effect.'),
  comment
})
export type Lockdown = z.infer<typeof lockdown>
