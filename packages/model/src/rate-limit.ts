import { z } from 'zod'
import { protocolControlIds } from './flood-controls.ts'
import { comment, name } from './name.ts'
import { ruleResponse, type RulePhase } from './rule.ts'

/**
 * What a rate limit can count.
 *
 *   connections      clients, as they are accepted
 *   requests         HTTP requests, upgrades to a WebSocket among them
 *   upgrades         upgrades to a WebSocket alone
 *   first-messages   first messages that their extension forwards
 *   messages         messages of clients
 *   bytes            their bytes
 *   cost             what their extension says that they cost (`ctx.cost`); without a word of it, 1
 */
export const countedThings = [
  'connections',
  'requests',
  'upgrades',
  'first-messages',
  'messages',
  'bytes',
  'cost'
] as const
export type CountedThing = typeof countedThings[number]

/** What becomes of what is over a rate limit. */
export const limitActions = ['log', 'block', 'throttle', 'ban'] as const
export type LimitAction = typeof limitActions[number]

/** When each is counted. Connections: or as soon as all fields are known. */
export const countedIn = {
  connections: 'connect',
  requests: 'request',
  upgrades: 'request',
  'first-messages': 'first-message',
  messages: 'message',
  bytes: 'message',
  cost: 'message'
} as const satisfies Record<CountedThing, RulePhase>

/** Things that a throttle can slow down. */
export const pacedThings: readonly CountedThing[] = ['messages', 'bytes', 'cost']
/** Things that get an answer of a server, by which they can be counted. */
export const answeredThings: readonly CountedThing[] = ['requests', 'first-messages', 'messages']
/** Longest time that a throttle may let one message wait, in seconds. */
export const LONGEST_PAUSE_SECONDS = 30

/** A rate limit: what is counted, by what, how much passes in a period, and what becomes of the rest. */
export const rateLimit = z.strictObject({
  name: name.describe('Name of the rate limit.'),
  counts: z.enum(countedThings).describe('What is counted. `bytes` and `cost` are those of messages.'),
  expression: z.string().min(1).max(4096).optional().describe(
    'Which of them: a condition in the rule language. Default: all.'
  ),
  counting: z.string().min(1).max(4096).optional().describe(
    'Counts a server\'s reply, or the response to an HTTP request, when this condition is true of it, in place of what the client sends: `mqtt.type eq "CONNACK" and mqtt.connack.return_code ne 0`, `http.response.code eq 401`. What the client sends is then only held to the count.'
  ),
  by: z.array(z.string().min(1).max(512)).max(8).default(['ip.src']).describe(
    'Values that have a counter of their own together, in the rule language: `ip.src`, `cidr(ip.src, 24, 56)`, `mqtt.connect.client_id`, `http.request.headers["x-key"][0]`. `ip.src` of IPv6 is its network of 64 bits. A missing value is a value. Empty: one counter for all.'
  ),
  limit: z.int().min(1).max(1_000_000_000_000).describe('How many pass within the period.'),
  periodSeconds: z.int().min(1).max(86_400).default(60).describe('Length of the sliding period.'),
  action: z.enum(limitActions).describe(
    '`log` reports; `block` refuses what is over the limit; `throttle` reads the client so slowly that it stays within it; `ban` refuses it and accepts no connection of its address for `timeoutSeconds`.'
  ),
  timeoutSeconds: z.int().min(0).max(2_592_000).default(0).describe(
    'How long the action goes on once the limit is reached, whatever the client does meanwhile. 0: only what is over the limit is affected.'
  ),
  response: ruleResponse.extend({ status: z.int().min(400).max(499).default(429).describe('Status of the response.') })
    .optional().describe('Response to a blocked HTTP request, with Retry-After. Default: 429.'),
  floodControl: z.enum(protocolControlIds).optional().describe(
    'The control against floods that it is part of: it is counted there, and `floods.off` of a user vserver switches it off.'
  ),
  maxKeys: z.int().min(1).max(1_000_000).default(100_000).describe(
    'Counters that a worker keeps; beyond them the one that was not used for longest is forgotten.'
  ),
  vservers: z.array(name).max(4096).default([]).describe(
    'User vservers to which it applies. Empty: all that have its fields.'
  ),
  state: z.enum(['enabled', 'simulated', 'draft', 'disabled']).default('enabled').describe(
    '`simulated` counts and reports without effect. `draft` is kept, and neither checked nor used. `disabled` is checked and not used.'
  ),
  comment
})
export type RateLimit = z.infer<typeof rateLimit>
