import { z } from 'zod'
import { protocolControlIds } from './flood-controls.ts'
import { comment, name } from './name.ts'

/**
 * When rules are looked at, in the order of a client's life.
 *
 *   connect         a client is accepted; nothing of it was read
 *   tls-hello       its TLS hello was read, and no handshake has begun; without TLS, as hello
 *   hello           its TLS handshake is done, or there is none
 *   request         an HTTP request, also the upgrade to a WebSocket
 *   first-message   the first message that its extension forwards
 *   message         every message of the client, the first included
 *   reply           every message of a server
 */
export const rulePhases = ['connect', 'tls-hello', 'hello', 'request', 'first-message', 'message', 'reply'] as const
export type RulePhase = typeof rulePhases[number]

/** What becomes of a client, a request or a message to which a rule applies. */
export const ruleActions = ['log', 'throttle', 'skip', 'challenge', 'ban', 'block'] as const
export type RuleAction = typeof ruleActions[number]

/** Content types of a response of a rule, as in CIS. */
const contentTypes = ['text/plain', 'text/html', 'application/json', 'text/xml'] as const

/** What an HTTP client gets that a rule blocks. */
export const ruleResponse = z.strictObject({
  status: z.int().min(400).max(499).default(403).describe('Status of the response.'),
  contentType: z.enum(contentTypes).default('text/plain').describe('Type of the body.'),
  body: z.string().max(10_240).default('').describe('Body of the response.')
})
export type RuleResponse = z.infer<typeof ruleResponse>

/** A rule: an expression over facts about a client, a request or a message, and what happens when it is true. */
export const rule = z.strictObject({
  name: name.describe('Name of the rule.'),
  expression: z.string().min(1).max(4096).describe(
    'Condition in the rule language: `mqtt.type eq "PUBLISH" and starts_with(mqtt.publish.topic, "$SYS/")`.'
  ),
  action: z.enum(ruleActions).describe(
    '`log` reports and looks on; `throttle` reads the client so slowly that `messagesPerSecond` of such messages pass, and looks on; `skip` leaves out the rules of the same phase behind it; `challenge` has a browser prove work before its HTTP request or WebSocket is served; `ban` blocks, and accepts no connection of the client\'s address for `banSeconds`; `block` refuses the client, the request or the message.'
  ),
  phase: z.enum(rulePhases).optional().describe(
    'When the rule is looked at. Default: as soon as all fields of the expression are known; of a challenge, `request`; of `throttle`, `message`. A rule cannot be looked at before that; `reply` is never a default.'
  ),
  vservers: z.array(name).max(4096).default([]).describe(
    'User vservers to which it applies. Empty: all that have the fields of the expression.'
  ),
  priority: z.int().min(0).max(2_147_483_647).default(0).describe(
    'Rules are looked at from the lowest to the highest; 0 is last. Of one priority they are looked at as the actions are listed; then the order of the configuration counts.'
  ),
  messagesPerSecond: z.int().min(1).max(1_000_000).optional().describe(
    'Of `throttle`: how many messages of one connection to which the rule applies pass in a second.'
  ),
  banSeconds: z.int().min(1).max(31_536_000).optional().describe('Of `ban`: how long it lasts.'),
  refusal: z.enum(['alert', 'reset']).optional().describe('How a client is refused that a rule of phase `tls-hello` blocks: with the TLS alert `access_denied`, or with a reset. Default: `alert`.'),
  response: ruleResponse.optional().describe('Response to a blocked HTTP request. Default: 403 without a body.'),
  floodControl: z.enum(protocolControlIds).optional().describe('The control against floods that it is part of: it is counted there, and `floods.off` of a user vserver switches it off.'),
  state: z.enum(['enabled', 'simulated', 'draft', 'disabled']).default('enabled').describe('`simulated` counts and reports without effect. `draft` is kept, and neither checked nor used. `disabled` is checked and not used.'),
  comment
})
export type Rule = z.infer<typeof rule>
