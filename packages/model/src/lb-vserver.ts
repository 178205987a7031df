import { z } from 'zod'
import { name } from './name.ts'
import { serviceType } from './service.ts'

/** Which service a new client gets when no session decides. */
export const method = z.enum(['round-robin', 'least-connection', 'token'])
export type MethodName = z.infer<typeof method>

/** `user-session` pins by the session key that the extension hands out. */
export const persistence = z.strictObject({
  type: z.enum(['none', 'user-session']).default('none'),
  timeoutSeconds: z.number().min(0).max(31_536_000).default(120).describe('How long an entry lives after its last connection ended.')
})
export type Persistence = z.infer<typeof persistence>

/** A service bound to an LB vserver. */
export const binding = z.strictObject({
  name: name.describe('Service to bind.'),
  weight: z.int().min(1).max(100).default(1).describe('Share of new clients relative to the other services.')
})
export type Binding = z.infer<typeof binding>

/** A balancing method, a persistence type and bound services; it has no address. */
export const lbVserver = z.strictObject({
  name,
  type: serviceType.default('USER_TCP').describe('Type that every bound service has.'),
  method: method.default('round-robin'),
  persistence: persistence.prefault({}),
  services: z.array(binding).max(4096).default([]),
  backup: name.optional().describe('LB vserver that answers when no service here can.'),
  state: z.enum(['enabled', 'disabled']).default('enabled'),
  comment: z.string().max(1024).optional()
})
export type LbVserver = z.infer<typeof lbVserver>
