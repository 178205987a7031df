import { Type, typeNames } from './packet/header.ts'
import type { Level } from './packet/level.ts'

type Counters = readonly string[]

/** `client.publish.v5.qos1`, `server.suback.v4`: by side, type, version and, of a PUBLISH, QoS; a name for every first byte. */
const countersOf = (side: 'client' | 'server', level: Level): Counters => Array.from({ length: 256 }, (_, first) => {
  const type = first >> 4
  return `${side}.${typeNames[type]!.toLowerCase()}.v${level}${type === Type.publish ? `.qos${first >> 1 & 3}` : ''}`
})

const both = (level: Level): { readonly client: Counters, readonly server: Counters } => ({ client: countersOf('client', level), server: countersOf('server', level) })

/** Names of the counters of packets, made once: nothing is put together per message. */
export const counters = { 3: both(3), 4: both(4), 5: both(5) } as const
