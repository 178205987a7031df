import { Type, typeNames } from './packet/header.ts'
import type { Level } from './packet/level.ts'

type Counters = readonly string[]

/**
 * `client.publish.v5.qos1`, `server.suback.v4`: by side, type, version and, of a PUBLISH, QoS; a name for every first
 * byte.
 */
const countersOf = (side: 'client' | 'server', level: Level): Counters => Array.from({ length: 256 }, (_, first) => {
  const type = first >> 4
  return `${side}.${typeNames[type]!.toLowerCase()}.v${level}${type === Type.publish ? `.qos${first >> 1 & 3}` : ''}`
})

interface CountersOfLevel { readonly client: Counters, readonly server: Counters, /** Clients' malformed packets that are forwarded. */ readonly malformed: string }

const all = (level: Level): CountersOfLevel => ({ client: countersOf('client', level), server: countersOf('server', level), malformed: `client.malformed.v${level}` })

/** Names of the counters of packets, made once: nothing is put together per message. */
export const counters = { 3: all(3), 4: all(4), 5: all(5) } as const
