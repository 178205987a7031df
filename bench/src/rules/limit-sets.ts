// Rate limits that count every message of the benchmark and let it pass.

/** A rate limit of a configuration. */
export interface BenchLimit {
  readonly name: string
  readonly counts: 'messages' | 'bytes'
  readonly expression?: string
  readonly by: readonly string[]
  readonly limit: number
  readonly periodSeconds: number
  readonly action: 'block' | 'throttle'
}

const most = { limit: 1_000_000_000_000, periodSeconds: 60 } as const

/** Sets of rate limits by name. */
export const limitSets: Readonly<Record<string, () => readonly BenchLimit[]>> = {
  'limit by address': () => [{ name: 'l', counts: 'messages', by: ['ip.src'], action: 'block', ...most }],
  'limit by topic':
    () => [{
      name: 'l',
      counts: 'messages',
      expression: 'mqtt.type eq "PUBLISH"',
      by: ['mqtt.publish.topic'],
      action: 'block',
      ...most
    }],
  'limit by two':
    () => [{ name: 'l', counts: 'bytes', by: ['ip.src', 'mqtt.connect.client_id'], action: 'block', ...most }],
  throttle: () => [{ name: 'l', counts: 'messages', by: ['conn.id'], action: 'throttle', ...most }]
}
