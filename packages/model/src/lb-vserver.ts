import { z } from 'zod'
import { monitorUse } from './monitor.ts'
import { comment, name } from './name.ts'
import { persistence } from './persistence.ts'
import { serviceType } from './service.ts'

/**
 * The built-in balancing methods. A program that embeds Weir may add others by name, so the schema accepts any name
 * and `checkConfig` checks it.
 */
export const methodNames = [
  'round-robin', 'least-connection', 'least-response-time', 'least-bandwidth', 'least-outstanding', 'token',
  'source-ip-hash', 'random-two-choices'
] as const
export type MethodName = typeof methodNames[number]

/** Methods by which a key of the client decides, and not the number of clients. */
export const keyedMethods: readonly string[] = ['token', 'source-ip-hash'] satisfies MethodName[]

/** A service bound to an LB vserver. */
export const binding = z.strictObject({
  name: name.describe('Service to bind.'),
  weight: z.int().min(1).max(100).default(1).describe(
    'Share of new clients relative to the other services of its priority.'
  ),
  priority: z.int().min(0).max(65535).default(0).describe(
    'Tier: services of the lowest number get all clients, as long as one of them can take a client. As in SRV records.'
  )
})
export type Binding = z.infer<typeof binding>
/** A binding as it is sent: `weight` may be left out. */
export type BindingInput = z.input<typeof binding>

const methodText = [
  'Selects the service of a new client, by weight. `round-robin`: each in turn.',
  '`least-connection`: the one with the fewest connections.',
  '`least-response-time`: the one with the least product of connections and response time: the average of its monitors\' probes, plus that of clients\' first replies of late, which each worker measures for itself. A service without a time gets one client; one that refuses its clients comes last.',
  '`least-bandwidth`: the one with the fewest bytes per second.',
  '`least-outstanding`: the one that owes the fewest replies; for extensions that place whole connections, the one with the fewest connections.',
  '`token`: the one that the token hashes to. `source-ip-hash`: the one that the client\'s address hashes to.',
  '`random-two-choices`: of two at random the one with fewer connections.',
  'With several workers, counts of the others are up to 0.25 s old, and each worker takes turns for itself: with `round-robin`, a service may be one client off for each worker.',
  'A program that embeds Weir may add methods.'
].join(' ')

/** A balancing method, a persistence type and bound services; it has no address. */
export const lbVserver = z.strictObject({
  name: name.describe('Name of the LB vserver.'),
  type: serviceType.default('USER_TCP').describe('Required type of every bound service.'),
  method: name.meta({ examples: [...methodNames] }).default('round-robin' satisfies MethodName).describe(methodText),
  slowStartSeconds: z.number().min(0).max(3600).default(0).describe('Time in which a service that comes up beside others gets its full weight, beginning with a tenth. 0 is at once. `token` and `source-ip-hash` ignore it: their keys would move twice.'),
  persistence: persistence.prefault({}).describe('Whether a returning client reaches its previous service.'),
  services: z.array(binding).max(4096).default([]).describe('Services that clients are balanced over.'),
  spillover: z.strictObject({
    connections: z.int().min(1).max(10_000_000).describe('Connections of its services, of all workers and whichever LB vserver led clients there, from which on new clients go to the backup.')
  }).optional().describe('Sends clients to the backup before its own services are full, as long as the backup has a service for them. Clients with a persistence entry here stay. Default: only when no service is available.'),
  queue: z.strictObject({
    clients: z.int().min(1).max(100_000).describe(
      'Maximum waiting clients, or messages, of each worker. One more is refused.'
    ),
    timeoutSeconds: z.number().min(0.05).max(300).default(5).describe(
      'Time after which a client that waits is refused.'
    )
  }).optional().describe(
    'Lets clients wait in order while all services are full (`maxClients`), if there is no backup. Default: they are refused with `limit`.'
  ),
  backup: name.optional().describe(
    'LB vserver that takes over when no service of this one is available. Both serve HTTP requests, or both an extension\'s clients.'
  ),
  monitors: z.array(monitorUse).max(8).default([]).describe(
    'Health probes of every bound service, beside its own, in the same forms.'
  ),
  onDown: z.enum(['keep', 'close']).default('keep').describe(
    'Effect on existing clients when the monitors of their service fail. `keep`: they stay until their own connection ends. `close`: they are closed with the goodbye of their protocol, so that they reconnect.'
  ),
  onDownRatePerSecond: z.number().min(0.01).max(100_000).optional().describe(
    'With `onDown: close`, clients that are closed per second, over all workers, by a job (`/v1/jobs`). Default: all at once.'
  ),
  state: z.enum(['enabled', 'disabled']).default('enabled').describe(
    'A disabled LB vserver serves no new clients; its backup does.'
  ),
  comment
})
export type LbVserver = z.infer<typeof lbVserver>
