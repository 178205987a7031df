import { z } from 'zod'
import { vserverFloods } from './floods.ts'
import { comment, name } from './name.ts'
import { network } from './network.ts'
import { paramValues } from './param-values.ts'
import { vserverHttp } from './http.ts'
import { vserverWebSocket } from './websocket.ts'
import { tcpKeepAlive } from './tcp-keep-alive.ts'
import { vserverTls } from './vserver-tls.ts'

/** Caps on what one client may hold. */
export const vserverLimits = z.strictObject({
  maxClients: z.int().min(0).default(50_000).describe('Maximum simultaneous connections per worker; 0 means no limit.'),
  firstMessageTimeoutSeconds: z.number().min(0.05).max(3600).default(10).describe(
    'Absolute deadline, in seconds: from the accept (or the end of the TLS handshake) to the end of the first message.'
  ),
  idleTimeoutSeconds: z.number().min(0).max(31_536_000).default(0).describe(
    'Silence of the client that ends the connection, in seconds, unless the extension sets its own limit; 0 means never.'
  ),
  halfClosedTimeoutSeconds: z.number().min(0.05).max(31_536_000).default(60).describe(
    'Idle time after which a half-closed connection ends, in seconds: the open side sends nothing, and queued bytes are not read.'
  ),
  outstandingReplies: z.int().min(1).max(65_536).default(1024).describe(
    'Maximum outstanding requests of one client before Weir stops reading from it. For `per-message` balancing with replies `in-order` or `matched`.'
  ),
  replyTimeoutSeconds: z.number().min(0.05).max(31_536_000).default(30).describe(
    'Time after which Weir abandons a request without a reply, in seconds; a later reply is dropped. For `per-message` balancing with replies `matched`.'
  ),
  serverIdleTimeoutSeconds: z.number().min(0).max(31_536_000).default(60).describe(
    'Silence after which a link to a server is closed, in seconds; the next message opens it again. For `per-message` balancing; 0 means never.'
  ),
  bufferedBytes: z.int().min(4096).max(256 * 1024 * 1024).default(256 * 1024).describe(
    'Maximum buffered bytes per direction before the sender is paused.'
  )
})
export type VserverLimits = z.infer<typeof vserverLimits>

/** Where clients connect. */
export const userVserver = z.strictObject({
  name: name.describe('Name of the user vserver.'),
  protocol: name.describe('User protocol of the clients.'),
  protocols: z.array(name).max(3).default([]).describe(
    'Further user protocols on the same port, told apart by TLS, ALPN and first bytes. One for each of: the bytes themselves and HTTP, each with TLS and without. All of them have the same extension, or are `http` and `https`.'
  ),
  address: z.union([z.ipv4(), z.ipv6()]).default('0.0.0.0').describe(
    'IP address to listen on; `0.0.0.0` is every IPv4 address, `::` every address.'
  ),
  port: z.int().min(0).max(65535).describe('Port to listen on. 0 picks a free port, shown in `status.listening`.'),
  defaultLb: name.describe(
    'LB vserver that serves clients unless the extension names another. For transports http and https of type HTTP or HTTPS.'
  ),
  lbVservers: z.array(name).max(256).default([]).describe(
    'Further LB vservers that the extension may name with `via`.'
  ),
  glbs: z.array(name).max(4096).default([]).describe(
    'GLBs that lead clients by the name they ask for. Clients of no GLB go to `defaultLb`, and their requests to `http.defaultLb`.'
  ),
  params: paramValues.describe('Values for the parameters that the extension declares.'),
  certificates: z.array(name).max(256).default([]).describe(
    'Certkeys for TLS: the first is the default, the others are selected by name (SNI). A vserver of a transport with TLS that has none, and no pre-shared keys, does not listen and is `down: no certificate`. On transport tcp clients may start TLS inside the protocol, if the extension declares `startTls`.'
  ),
  tls: vserverTls.prefault({}).describe(
    'TLS with clients. For transports with TLS, and for TLS that begins inside the protocol.'
  ),
  allowFrom: z.array(network).max(1024).default([]).describe(
    'Addresses and networks that may connect, such as the balancers in front; everybody else is closed before anything is read, except for authorities that validate a host name (`acme` of a certkey). Empty: everybody may.'
  ),
  proxyProtocol: z.strictObject({
    from: z.array(network).min(1).max(1024).describe('Addresses and networks of the balancers in front. Each of their connections has to begin with a header, of version 1 or 2. Everybody else is a client without one.'),
    timeoutSeconds: z.number().min(0.05).max(60).default(3).describe('Deadline of the header, in seconds.')
  }).optional().describe("Takes the client's address from the PROXY protocol. Default: connections carry no header."),
  limits: vserverLimits.prefault({}).describe('Limits on clients.'),
  floods: vserverFloods.prefault({}).describe('Controls against floods, and defence mode.'),
  http: vserverHttp.optional().describe(
    'Forwarding and limits of HTTP requests. Only for transports ws, wss, http and https.'
  ),
  websocket: vserverWebSocket.optional().describe('Rules for WebSocket clients. Only for transports ws and wss.'),
  // Each probe wakes the radio of a device, and the address translation on its way forgets it after some minutes.
  tcpKeepAlive: tcpKeepAlive({ idleSeconds: 300, intervalSeconds: 30, probes: 4 }).describe(
    'TCP keep-alive of new connections, to detect a client that vanished.'
  ),
  serverLinks: z.enum(['own', 'shared']).default('own').describe(
    'Links to servers where messages are balanced one by one. `own`: each client has its own. `shared`: messages that the extension has declared keys of go over links that all clients share; others, and those over 64 KiB, over one of their own.'
  ),
  tunnelLastWords: z.boolean().default(true).describe(
    'Track message boundaries in tunnels, so that tunnelled clients can get a goodbye. `false` saves parsing the header of each message.'
  ),
  logSilentClients: z.boolean().default(true).describe(
    'Log connections on which the client never sent a byte, such as health checks of other balancers. `false` omits these lines; the counters include the connections.'
  ),
  state: z.enum(['enabled', 'draining', 'disabled']).default('enabled').describe(
    '`draining` stops listening and keeps clients; `disabled` also closes them.'
  ),
  comment
})
export type UserVserver = z.infer<typeof userVserver>
