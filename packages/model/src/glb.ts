import { z } from 'zod'
import { ANY_HOST, hostPattern, serverNamePattern } from './host-name.ts'
import { comment, name } from './name.ts'
import { persistence } from './persistence.ts'

/** How a GLB chooses between its pools. */
export const steering = z.enum(['failover', 'weighted', 'least-connection', 'latency'])
export type Steering = z.infer<typeof steering>

/** The beginning of a path: whole segments of it. */
const pathPrefix = z.string().max(2048)
  .regex(/^\//, 'expected a path that begins with "/", such as "/api"')
  .regex(/^[!-~]*$/, 'expected a path of visible ASCII characters, others percent-encoded')
  .refine(text => !/[?#]/.test(text), 'expected a path without "?" and "#"')

/** A field that an extension publishes with `ctx.set`. */
export const fieldMatch = z.strictObject({
  name: z.string().min(1).max(128).describe(
    'Name of the field, as the extension declares it: `mqtt.connect.username`. Not of type `secret`.'
  ),
  values: z.array(z.string().max(1024)).min(1).max(4096).describe(
    'Values that match, exactly. Numbers and booleans are written as text.'
  )
})

/** Whom a GLB serves. */
export const glbMatch = z.strictObject({
  hosts: z.array(hostPattern).min(1).max(1024).optional().describe('Names in the Host header of HTTP requests and WebSockets: `www.example.com`, `*.example.com` for every name below it, or `*` for every client.'),
  sni: z.array(serverNamePattern).min(1).max(1024).optional().describe('Names requested in the TLS handshake (SNI), of clients that speak no HTTP. In the same forms.'),
  path: pathPrefix.optional().describe('Beginning of the path, in whole segments: `/api` is also `/api/v1`, but not `/apis`. Both are compared in their normal form: `/a/%2e./api` is `/api`; servers get the path as it was sent. For clients that speak HTTP. Default: every path.'),
  field: fieldMatch.optional().describe("A field that the extension has published by its first forwarded message, such as a user name. For an extension's clients; without `hosts` and `sni`, whatever name they ask for.")
}).refine(({ hosts, sni, field }) => hosts !== undefined || sni !== undefined || field !== undefined, 'names no clients; expected `hosts`, `sni` or `field`')
export type GlbMatch = z.infer<typeof glbMatch>

/** The names of one kind that a GLB matches, or `names` of both. A field alone matches with any name. */
export const patternsOf = (match: GlbMatch, kind: 'hosts' | 'sni' | 'names'): readonly string[] =>
  kind === 'names'
    ? [...match.hosts ?? [], ...match.sni ?? []]
    : match[kind] ?? (match.hosts === undefined && match.sni === undefined ? [ANY_HOST] : [])

/** A pool of a GLB. */
export const glbPool = z.strictObject({
  name: name.describe('LB vserver.'),
  weight: z.int().min(1).max(100).default(1).describe(
    'Share of new clients relative to the other pools, with steering `weighted` and `least-connection`.'
  ),
  minimumUp: z.int().min(1).max(4096).default(1).describe(
    'Available services that the pool needs. With fewer it is out, and the next pool serves.'
  )
})
export type GlbPool = z.infer<typeof glbPool>

/** A global load balancer: leads the clients of a name to the first of several LB vservers that can serve them. */
export const glb = z.strictObject({
  name: name.describe('Name of the global load balancer.'),
  match: glbMatch.describe('Clients that it serves. The user vservers that list it under `glbs` ask it.'),
  pools: z.array(glbPool).min(1).max(64).describe(
    'LB vservers, the best first. All of them serve HTTP requests, or all an extension\'s clients.'
  ),
  fallback: name.optional().describe(
    'LB vserver that serves when every pool is out, whatever its own monitors report. Default: clients are refused then.'
  ),
  steering: steering.default('failover').describe(
    'Selects the pool of a new client, among those that are not out: `failover` takes the first, `weighted` each in turn by its weight, `least-connection` the one whose services have the fewest connections for its weight, `latency` the one whose services pass their monitors\' probes fastest.'
  ),
  affinity: persistence.prefault({}).describe(
    'Whether a returning client reaches its previous pool, as long as that is not out; `steering` chooses for new clients. Entries of the fallback are not made. Types as of an LB vserver.'
  ),
  proxied: z.boolean().default(true).describe(
    '`false` passes TLS through unopened: the server name (`match.sni`) selects the pool, and the bytes go to its services as they come. On user vservers with TLS, whatever their protocol; the services are of type USER_TCP.'
  ),
  state: z.enum(['enabled', 'disabled']).default('enabled').describe(
    'A disabled GLB matches no new client, as if it were not bound.'
  ),
  comment
})
export type Glb = z.infer<typeof glb>
