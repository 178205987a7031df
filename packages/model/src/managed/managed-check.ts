import { z } from 'zod'
import { comment, name } from '../name.ts'
import { managedGroupNames } from './groups.ts'

/** What a managed check does when it finds something. */
export const managedModes = ['default', 'on', 'off', 'simulate', 'block', 'challenge'] as const
export type ManagedMode = typeof managedModes[number]

/** A group of managed checks at work: where, and in which modes. */
export const managedCheck = z.strictObject({
  name: name.max(120).describe('Name of the managed check.'),
  group: z.enum(managedGroupNames).describe('Group of checks; `GET /v1/managed-groups` has their checks.'),
  vservers: z.array(name).max(4096).default([]).describe(
    'User vservers to which it applies. Empty: all that no other managed check of the group names, where their fields exist.'
  ),
  mode: z.enum(managedModes).default('default').describe(
    'Of the checks that `rules` does not name. `default` and `on`: each as it is shipped, which is `block` or `simulate`. `off`: not looked at. `simulate`: counted and reported, without effect.'
  ),
  rules: z.record(
    z.string().regex(/^[A-Za-z0-9]{1,16}$/, 'expected the identifier of a check, such as M005'),
    z.enum(managedModes)
  ).default({})
    .describe(
      'Modes of single checks, by their identifier. `default`: that of the group. `on`: as it is shipped, whatever the mode of the group.'
    ),
  origins: z.array(
    z.string().min(1).max(255).regex(/^[\x21-\x7e]+$/, 'expected an origin, such as https://app.example.com')
  ).max(256).default([])
    .describe('Group `ws-upgrade`: values of Origin that W005 lets pass. Empty: all.'),
  sensitivity: z.enum(['low', 'medium', 'high', 'highest']).default('low').describe(
    'Group `owasp-crs`: paranoia level 1, 2, 3 or 4 of the Core Rule Set. Higher ones find more, also where there is nothing.'
  ),
  threshold: z.enum(['strict', 'moderate', 'lenient']).default('strict').describe(
    'Group `owasp-crs`: anomaly score from which a request is refused: 5, which one critical rule gives; 10; or 20.'
  ),
  onFailure: z.enum(['open', 'closed']).default('open').describe(
    'Group `owasp-crs`: a request that cannot be inspected, or not in time, passes, or is refused with 503.'
  ),
  timeoutMs: z.int().min(10).max(10_000).default(1000).describe(
    'Group `owasp-crs`: time for the inspection of a request, in milliseconds.'
  ),
  bodyBytes: z.int().min(0).max(1_048_576).default(32_768).describe(
    'Group `owasp-crs`: how much of a body is inspected. The rest passes. Four times as many bytes can take sixteen times as long.'
  ),
  state: z.enum(['enabled', 'disabled']).default('enabled').describe('`disabled` is checked and not used.'),
  comment
})
export type ManagedCheck = z.infer<typeof managedCheck>
