import { z } from 'zod'
import { host } from './host.ts'
import { monitorUse, tcpMonitor } from './monitor.ts'
import { comment, name } from './name.ts'
import { serviceWebSocket } from './websocket.ts'
import { tcpKeepAlive } from './tcp-keep-alive.ts'
import { alpn } from './vserver-tls.ts'

/** Transport to a server. */
export const serviceType = z.enum(['USER_TCP', 'USER_SSL_TCP', 'USER_WS', 'USER_WSS', 'HTTP', 'HTTPS'])
export type ServiceType = z.infer<typeof serviceType>

/**
 * `enabled` takes clients; `sessions-only` those whose session leads there; `draining` keeps the ones it has;
 * `disabled` closes them too.
 */
export const serviceState = z.enum(['enabled', 'sessions-only', 'draining', 'disabled'])
export type ServiceState = z.infer<typeof serviceState>

/**
 * Health of a service:
 *
 *     unknown ──► up ⇄ down        a probe succeeds, or enough of them fail
 *        └─► failing ─┘            the first probes have failed, not yet often enough
 */
export type ServiceHealth = 'unknown' | 'failing' | 'up' | 'down'

/** The verification of a server's certificate. */
export const serverVerification = z.enum(['off', 'full', 'strict'])
export type ServerVerification = z.infer<typeof serverVerification>

/** Returns the verification of the server's certificate as one word. */
export const verificationOf = (verify: ServerVerification | boolean): ServerVerification =>
  typeof verify === 'string' ? verify : verify ? 'strict' : 'off'

/** What a host name stands for: one server, or a server for every address. */
export const resolution = z.enum(['first', 'all'])
export type Resolution = z.infer<typeof resolution>

const drainSeconds = z.number().min(0).max(604_800).default(600)

/** One server, or, with `resolve: all`, those of a name. */
export const service = z.strictObject({
  name: name.describe('Name of the service.'),
  address: host.describe('IP address or host name of the server, without brackets and port.'),
  port: z.int().min(0).max(65535).describe('Port of the server; 0 for an SRV name, whose records have the port.'),
  resolve: resolution.default('first').describe(
    'What a host name stands for. `first`: one server, reached by the first of its addresses that accepts. `all`: every address is a server of its own, a member of this service. An SRV name (`_mqtt._tcp.example.com`) needs `all`. DNS answers are followed either way.'
  ),
  drainSeconds: drainSeconds.describe(
    'Time for which clients keep a member (`resolve: all`) whose address the name has no longer, in seconds. Afterwards they are closed.'
  ),
  type: serviceType.default('USER_TCP').describe(
    '`USER_SSL_TCP` opens TLS to the server, `USER_WS` a WebSocket, `USER_WSS` both.'
  ),
  startTls: z.boolean().default(false).describe(
    'Starts TLS inside the protocol, as the extension of the clients declares (`serverTls`). For type USER_TCP. Monitors probe without TLS.'
  ),
  tls: z.strictObject({
    serverName: host.optional().describe('Name to send (SNI) and to verify. Default: the address.'),
    verify: z.union([serverVerification, z.boolean()]).default('strict').describe(
      'Of the server\'s certificate: `strict` verifies the chain and the name, `full` the chain, `off` nothing. `true` is `strict`, `false` is `off`.'
    ),
    ca: name.optional().describe(
      'Certkey whose `ca` bundle is trusted, and whose `crl` is applied. Default: the system store.'
    ),
    certificate: name.optional().describe('Certkey with which Weir identifies itself to the server.'),
    alpn: alpn.default([]).describe('Application protocols to offer (ALPN). A server that agrees to none is taken.')
  }).optional().describe('TLS to the server. For types with TLS, and where `startTls` is set.'),
  websocket: serviceWebSocket.optional().describe('WebSocket handshake with the server. Only for types USER_WS and USER_WSS.'),
  proxyProtocol: z.enum(['v1', 'v2']).optional().describe("Tells the server the client's address by a header of the PROXY protocol. Version 2 also has the server name, the protocol (ALPN), TLS and an ID of the connection. Default: no header."),
  maxClients: z.int().min(0).default(0).describe('Maximum simultaneous connections, and HTTP requests, of all workers and all nodes of a cluster together; 0 means no limit. Only clients for the server of another client\'s session (`known`) and messages for every service exceed it.'),
  connectTimeoutSeconds: z.number().min(0.05).max(300).default(3).describe('Time-out of a dial, in seconds; afterwards another service is tried.'),
  firstReplyTimeoutSeconds: z.number().min(0).max(3600).default(0).describe('Time for the first byte of the server after what a client has sent; while a message of the client is not whole, the time begins again. 0 means no limit. Beyond it the service is suspect for a while, and the client is tried elsewhere where its extension allows a resend, or ends as `first-reply-timeout`. Not with `per-message` balancing, and not for HTTP.'),
  // Wired networks, and a server whose host is gone should not be waited for.
  tcpKeepAlive: tcpKeepAlive({ idleSeconds: 60, intervalSeconds: 10, probes: 6 }).describe(
    'TCP keep-alive of new connections, to detect a server that vanished.'
  ),
  monitors: z.array(monitorUse).max(8).default([tcpMonitor.parse({ type: 'tcp' })]).describe(
    'Health probes, beside those of its LB vservers: the fields of a monitor without its name, or `{"type": "named", "name": …, "weight": …}` for one of the list. An empty list switches them off.'
  ),
  monitorThreshold: z.int().min(0).max(10_000).default(0).describe(
    'Sum of the weights of monitors that are up, below which the service is down. 0: one monitor that is down takes it down.'
  ),
  state: serviceState.default('enabled').describe(
    '`sessions-only` accepts only clients whose persistence entry names it, `draining` no new clients; both keep existing ones. `disabled` also closes them.'
  ),
  comment
})
export type Service = z.infer<typeof service>

/** A service at work; `addresses`: those that its host name has, the first to be tried first. Undefined: not known. */
export type ResolvedService = Service & { readonly addresses?: readonly string[] | undefined }
