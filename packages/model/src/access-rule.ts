import { z } from 'zod'
import { moment } from './expiry.ts'
import { comment, name } from './name.ts'
import { source } from './source.ts'

/** What becomes of clients from a source. */
export const accessActions = ['allow', 'block', 'challenge'] as const
export type AccessAction = typeof accessActions[number]

const vservers = z.array(name).max(4096).default([])

/** An IP access rule: clients from one source come in, or do not. */
export const accessRule = z.strictObject({
  name: name.describe('Name of the access rule.'),
  source: source.describe('Where the clients come from: an address, a network (`2001:db8::/32`), an autonomous system (`AS64496`), a country (`DE`), or a list (`$partners`).'),
  action: z.enum(accessActions).describe('`allow` makes them trusted: no access rule, lockdown, user-agent rule or rule blocks them, and no limit counts them. `block` resets their connections before anything is read. `challenge` has the HTTP clients of user vservers that take requests prove themselves, as the action of rules does. `allow` comes before `block`, and `block` before `challenge`; of one action an address or network comes first (the longest prefix before others), then a list, an autonomous system, and a country.'),
  vservers: vservers.describe('User vservers to which it applies. Empty: all.'),
  expiresAt: moment.optional().describe(
    'When it ends. Default: never. It stays in the configuration without effect, and Weir removes it an hour later.'
  ),
  state: z.enum(['enabled', 'disabled']).default('enabled').describe('`disabled` has no effect.'),
  comment
})
export type AccessRule = z.infer<typeof accessRule>
