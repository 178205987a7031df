import { z } from 'zod'
import { comment, name } from './name.ts'
import { serviceType } from './service.ts'

/** The balancing methods that ship with Weir. A program around it may add others by name, so that the schema takes any and `checkConfig` knows which there are. */
export const methodNames = ['round-robin', 'least-connection', 'token'] as const
export type MethodName = typeof methodNames[number]

/** Most entries that any limit on sessions may allow. */
export const MAX_SESSIONS = 50_000_000

/** `user-session` pins by the session key that the extension hands out. */
export const persistence = z.strictObject({
  type: z.enum(['none', 'user-session']).default('none').describe('`user-session`: clients with the same session key reach the same service.'),
  timeoutSeconds: z.number().min(0).max(31_536_000).default(120).describe('How long an entry lives after its last connection ended.'),
  maxEntries: z.int().min(1).max(MAX_SESSIONS).default(2_000_000).describe('Most entries, some 150 bytes each. When there are more, the one whose last connection ended first is dropped; a client for which all are held gets none.')
})
export type Persistence = z.infer<typeof persistence>

/** A service bound to an LB vserver. */
export const binding = z.strictObject({
  name: name.describe('Service to bind.'),
  weight: z.int().min(1).max(100).default(1).describe('Share of new clients relative to the other services.')
})
export type Binding = z.infer<typeof binding>
/** A binding as it is sent: `weight` may be left out. */
export type BindingInput = z.input<typeof binding>

/** A balancing method, a persistence type and bound services; it has no address. */
export const lbVserver = z.strictObject({
  name: name.describe('Name of the LB vserver.'),
  type: serviceType.default('USER_TCP').describe('Type that every bound service has.'),
  method: name.meta({ examples: [...methodNames] }).default('round-robin' satisfies MethodName).describe('Which service a new client gets: `round-robin` each in turn, `least-connection` the one with the fewest connections, `token` the one that the token hashes to; or a method that the program around Weir adds.'),
  persistence: persistence.prefault({}).describe('Whether a client that comes back reaches the service it had.'),
  services: z.array(binding).max(4096).default([]).describe('Services that clients are balanced over.'),
  backup: name.optional().describe('LB vserver that answers when no service here can.'),
  onDown: z.enum(['keep', 'close']).default('keep').describe('What becomes of the clients of a service whose monitors fail. `keep`: they stay until their own connection ends. `close`: they are closed, in their protocol, so that they reconnect.'),
  state: z.enum(['enabled', 'disabled']).default('enabled').describe('A disabled one serves no new client; its backup does.'),
  comment
})
export type LbVserver = z.infer<typeof lbVserver>
