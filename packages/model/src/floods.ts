import { z } from 'zod'
import { floodControlIds } from './flood-controls.ts'
import { network } from './network.ts'

/** How easily a client is suspected, by its threat score. */
export const securityLevels = ['off', 'low', 'medium', 'high', 'under-attack'] as const
export type SecurityLevel = typeof securityLevels[number]

/** How a user vserver holds out against floods. Its other numbers are in `limits`, `tls`, `http` and `websocket`. */
export const vserverFloods = z.strictObject({
  mode: z.enum(['auto', 'on', 'off']).default('auto').describe(
    'Defence mode: tighter limits, most connects kept for known-good addresses, and a challenge for browsers. `auto`: each worker begins it under attack, and ends it.'
  ),
  level: z.enum(securityLevels).default('low').describe(
    'Whom HTTP challenges by threat score: `low` above 24, `medium` above 14, `high` above 0, `under-attack` everybody. Clients without HTTP are refused above 50. `off`: nobody.'
  ),
  exemptFrom: z.array(network).max(1024).default(['127.0.0.0/8', '::1']).describe(
    'Addresses and networks that are counted and never refused: balancers in front without the PROXY protocol, monitoring.'
  ),
  off: z.array(z.enum(floodControlIds)).max(floodControlIds.length).default([]).describe(
    'Flood controls that are switched off.'
  ),
  connectionsPerAddress: z.int().min(0).max(1_000_000).default(256).describe(
    'D002: most open connections of one address (IPv6: its /64 network) per worker; 0 is no limit.'
  ),
  connectsPerAddress: z.number().min(0).max(1_000_000).default(20).describe(
    'D003: most connects of one address in a second per worker; 0 is no limit.'
  ),
  connectBurst: z.int().min(1).max(1_000_000).default(100).describe(
    'D003: connects of one address that may come at once.'
  ),
  connectsPerSecond: z.int().min(0).max(1_000_000).default(1000).describe(
    'D004: most connects in a second per worker, with as many at once; 0 is no limit.'
  ),
  rampSeconds: z.number().min(0).max(3600).default(10).describe(
    'D029: time after the start of a worker in which `connectsPerSecond` rises from a tenth to all; 0 is none.'
  ),
  unanswered: z.int().min(0).max(1_000_000).default(500).describe(
    'D011: most clients per worker whose server has not answered them yet; 0 is no limit.'
  ),
  connectsPerKey: z.int().min(0).max(1_000_000).default(0).describe(
    'D012: most first messages of one session key in a minute per worker; 0 is no limit. For protocols whose key is one client, as an MQTT client ID: 15.'
  ),
  keyRefusedSeconds: z.int().min(1).max(86_400).default(300).describe(
    'D012: for how long a key that had more is refused.'
  ),
  messageSeconds: z.number().min(0).max(3600).default(30).describe(
    'D013: most time from the first bytes of a message to its end, to a second; 0 is no limit.'
  ),
  readSeconds: z.number().min(0).max(3600).default(15).describe(
    'D021: most time in which a client reads nothing of what waits for it here, to a second; 0 is no limit.'
  ),
  loopDelayMs: z.int().min(0).max(60_000).default(100).describe(
    'D028: delay of the event loop from which new clients are reset; 0 is none.'
  ),
  loggedPerSecond: z.int().min(0).max(1_000_000).default(10).describe(
    'D026: most lines about refused clients in a second per worker; 0 is no limit.'
  ),
  afterSeconds: z.int().min(1).max(3600).default(10).describe(
    'Seconds of attack after which `auto` begins defence mode.'
  ),
  calmSeconds: z.int().min(1).max(86_400).default(300).describe('Seconds without one after which it ends.'),
  proofBits: z.int().min(8).max(24).default(16).describe(
    'Work of a challenge: each further bit doubles it. 16 is a fraction of a second in a browser; defence mode adds 2.'
  ),
  clearanceSeconds: z.int().min(300).max(604_800).default(1800).describe(
    'How long a client that has passed a challenge needs no other.'
  )
})
export type VserverFloods = z.infer<typeof vserverFloods>
