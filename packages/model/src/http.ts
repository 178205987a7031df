import { z } from 'zod'
import { name } from './name.ts'
import { network } from './network.ts'

/** How a user vserver forwards HTTP requests that are not WebSockets. */
export const vserverHttp = z.strictObject({
  defaultLb: name.optional().describe(
    'LB vserver of type HTTP or HTTPS that serves the requests. Only for transports ws and wss; without it requests that are not WebSockets get status 426.'
  ),
  maxConnections: z.int().min(0).default(0).describe(
    'Maximum simultaneous HTTP connections per worker, including those whose WebSocket handshake is pending; 0 means no limit. More get status 503. `limits.maxClients` limits the WebSockets.'
  ),
  maxHeadBytes: z.int().min(1024).max(256 * 1024).default(16 * 1024).describe(
    'Maximum size of the request line and headers.'
  ),
  maxBodyBytes: z.int().min(0).max(1024 ** 4).default(16 * 1024 * 1024).describe(
    'Maximum size of a request body. A larger one gets status 413.'
  ),
  headTimeoutSeconds: z.number().min(0.05).max(3600).default(5).describe(
    'Time limit for the head of the first request, from the accept or the end of the TLS handshake.'
  ),
  keepAliveSeconds: z.number().min(0.05).max(3600).default(60).describe(
    'Time limit for the head of a further request on the connection, from the end of the previous response.'
  ),
  timeoutSeconds: z.number().min(0.05).max(86_400).default(60).describe(
    'Time limit without progress: the server sends nothing, or the client sends or accepts nothing.'
  ),
  trustedProxies: z.array(network).max(1024).default([]).describe(
    'Addresses and networks of proxies in front that write X-Forwarded-For. Of their requests the client is the last address of that header that is none of theirs, for access rules, lockdowns and rules. Empty: the header is not believed.'
  ),
  logRequests: z.boolean().default(true).describe(
    'Log each request: method, path without query, status, service and duration.'
  )
})
export type VserverHttp = z.infer<typeof vserverHttp>
