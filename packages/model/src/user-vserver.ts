import { z } from 'zod'
import { comment, name } from './name.ts'
import { tcpKeepAlive } from './tcp-keep-alive.ts'

/** Caps on what one client may hold. */
export const vserverLimits = z.strictObject({
  maxClients: z.int().min(0).default(0).describe('Most connections at one time per worker; 0 is no limit.'),
  firstMessageTimeoutSeconds: z.number().min(0.05).max(3600).default(10).describe('Absolute: from the accept (or the end of the TLS handshake) to the end of the first message.'),
  idleTimeoutSeconds: z.number().min(0).max(31_536_000).default(0).describe('Silence from the client that ends the connection, unless the extension sets its own; 0 is never.'),
  halfClosedTimeoutSeconds: z.number().min(0.05).max(31_536_000).default(60).describe('Time in which nothing moves, after which the connection ends when one of its sides has ended: the other sends nothing, and nobody takes what is queued.'),
  outstandingReplies: z.int().min(1).max(65_536).default(1024).describe('Most requests of one client that wait for their replies before no more are taken, where messages are balanced one by one and answered in order.'),
  serverIdleTimeoutSeconds: z.number().min(0).max(31_536_000).default(60).describe('Silence after which a link to a server is closed, where messages are balanced one by one; the next message opens it again. 0 is never.'),
  bufferedBytes: z.int().min(4096).max(256 * 1024 * 1024).default(256 * 1024).describe('Most bytes held per direction before the sender is paused.')
})
export type VserverLimits = z.infer<typeof vserverLimits>

const scalar = z.union([z.string(), z.number(), z.boolean()])
/** A parameter's value, as JSON; its extension's declaration says which. */
const paramValue = z.union([scalar, z.array(z.record(z.string(), scalar)).max(4096)])

/** Where clients connect. */
export const userVserver = z.strictObject({
  name: name.describe('Name of the user vserver.'),
  protocol: name.describe('User protocol spoken here.'),
  address: z.union([z.ipv4(), z.ipv6()]).default('0.0.0.0').describe('IP address to listen on; `0.0.0.0` is every IPv4 address, `::` every address.'),
  port: z.int().min(0).max(65535).describe('0 picks a free port; the state shows which.'),
  defaultLb: name.describe('LB vserver that serves clients unless the extension names another.'),
  lbVservers: z.array(name).max(256).default([]).describe('Further LB vservers that the extension may name with `via`.'),
  params: z.record(z.string(), paramValue).default({}).describe('Values for the parameters that the extension declares.'),
  certificates: z.array(name).max(256).default([]).describe('Certkeys of an ssl vserver: the first is the default, the others answer to their names (SNI). Without one it does not listen and is `down: no certificate`.'),
  limits: vserverLimits.prefault({}).describe('Caps on what clients may hold.'),
  // Each probe wakes the radio of a device, and the address translation on its way forgets it after some minutes.
  tcpKeepAlive: tcpKeepAlive({ idleSeconds: 300, intervalSeconds: 30, probes: 4 }).describe('How a client that is gone without a word is found, on new connections.'),
  tunnelLastWords: z.boolean().default(true).describe('Follow where messages end in tunnels, so that clients in them can be told why they are closed; `false` spares a look at the header of each message.'),
  logSilentClients: z.boolean().default(true).describe('Write a line for connections whose client left, or waited for its first message\'s deadline, without a byte, as other balancers do to see whether the port answers; `false` leaves these lines out. All are counted.'),
  state: z.enum(['enabled', 'draining', 'disabled']).default('enabled').describe('`draining` stops listening and keeps clients; `disabled` closes them too.'),
  comment
})
export type UserVserver = z.infer<typeof userVserver>
