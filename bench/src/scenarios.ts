import type { Order } from './processes/order.ts'

/** How long and how often; `--quick` has less of everything. */
export interface Effort { readonly rounds: number, readonly warmUpSeconds: number, readonly seconds: number, readonly idle: number }

/** A load that is put on every path in turn. */
export interface Scenario {
  readonly id: string
  readonly title: string
  readonly unit: 'round trip' | 'connect'
  /** Left out of a quick run. */
  readonly long?: true
  order (port: number, effort: Effort): Order
}

const messages = (id: string, connections: number, window: number, size: number, sizeText: string, long?: true): Scenario => ({
  id,
  title: `${connections} connections, ${sizeText} QoS 1 messages, ${window} in flight each`,
  unit: 'round trip',
  ...(long === undefined ? {} : { long }),
  order: (port, { warmUpSeconds, seconds }) => ({ kind: 'messages', port, connections, window, size, warmUpSeconds, seconds })
})

const SLOTS = 50
const IDS = 5000

export const scenarios: readonly Scenario[] = [
  messages('S1-50', 50, 1, 256, '256-byte'),
  messages('S1-500', 500, 1, 256, '256-byte'),
  messages('S2', 200, 4, 256, '256-byte'),
  messages('S3-16K', 50, 1, 16 * 1024, '16 KB'),
  messages('S3-1M', 10, 1, 1024 * 1024, '1 MB', true),
  {
    id: 'S4',
    title: `connect, CONNECT, CONNACK, close; ${SLOTS} at a time, ${IDS} client IDs, each to stay on its server`,
    unit: 'connect',
    order: (port, { warmUpSeconds, seconds }) => ({ kind: 'connects', port, connections: SLOTS, ids: IDS, warmUpSeconds, seconds })
  }
]
