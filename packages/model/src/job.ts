import { z } from 'zod'

/** Which clients a job tells first. */
export const departureOrder = z.enum(['idle-first', 'oldest-first', 'random'])
export type DepartureOrder = z.infer<typeof departureOrder>

const ratePerSecond = z.number().min(0.01).max(100_000)
const order = departureOrder.default('idle-first').describe('Clients that are told first: `idle-first` those that have been silent longest, in both directions; `oldest-first` those that connected first; `random` any. Each worker orders its own clients.')

/** How a service is drained. */
export const drainInput = z.strictObject({
  ratePerSecond: ratePerSecond.optional().describe(
    'Clients told per second, over all workers and nodes, evenly spread. Default: none are told, and they leave by themselves.'
  ),
  deadlineSeconds: z.number().min(0.1).max(31_536_000).optional().describe(
    'Time until all remaining clients are told at once, and requests under way are cut. Default: no deadline.'
  ),
  order
})
export type DrainInput = z.input<typeof drainInput>
export type DrainSettings = z.infer<typeof drainInput>

/** When and how a service is disabled. */
export const disableInput = z.strictObject({
  delaySeconds: z.number().min(0.1).max(31_536_000).optional().describe(
    'Time until it is disabled. Until then its state is `sessions-only`: only clients with a persistence entry reach it.'
  ),
  graceful: z.boolean().default(false).describe(
    'Disable it as soon as its clients are gone: earlier than after `delaySeconds`, or at any time without a delay.'
  ),
  ratePerSecond: ratePerSecond.optional().describe(
    'Clients told per second after `delaySeconds`, over all workers and nodes, evenly spread; the service is disabled when they were told. Without a delay they are told from now on. Default: the least `onDownRatePerSecond` of its LB vservers; if none has one, all remaining clients are closed at once.'
  ),
  order
})
export type DisableInput = z.input<typeof disableInput>

/** How an LB vserver is rebalanced. */
export const rebalanceInput = z.strictObject({
  ratePerSecond: ratePerSecond.describe('Clients told per second, over all workers and nodes, evenly spread.'),
  order
})
export type RebalanceInput = z.input<typeof rebalanceInput>

/**
 * What a job does:
 *
 *   drain       empties a service at a rate
 *   disable     disables a service later, or when its clients are gone
 *   close       closes the clients of a service whose monitors fail
 *   rebalance   moves the excess of an LB vserver's services to the others
 */
export const jobKind = z.enum(['drain', 'disable', 'close', 'rebalance'])
export type JobKind = z.infer<typeof jobKind>

/**
 * Where a job is:
 *
 *     running ⇄ paused ──► cancelled       by hand, or its service takes clients again
 *        ├─► done                          there is nothing more to do
 *        └─► failed                        it cannot go on
 */
export const jobState = z.enum(['running', 'paused', 'done', 'cancelled', 'failed'])
export type JobState = z.infer<typeof jobState>

/** A job as the API shows it. */
export const job = z.object({
  id: z.string().describe('Kind and number: `drain-3`.'),
  kind: jobKind.describe('`drain` empties a service, `disable` disables one later, `close` closes the clients of one that is down, `rebalance` moves the excess of an LB vserver.'),
  service: z.string().optional(),
  lbVserver: z.string().optional(),
  state: jobState,
  reason: z.string().optional().describe('Why it was cancelled or failed, where nobody did it by hand.'),
  ratePerSecond: z.number().optional().describe('Clients told per second, over all workers and nodes.'),
  order: departureOrder,
  graceful: z.boolean().optional().describe('Of `disable`: the service is disabled as soon as its clients are gone.'),
  deadline: z.string().optional().describe('ISO 8601 in UTC.'),
  startedAt: z.string().describe('ISO 8601 in UTC.'),
  endedAt: z.string().optional().describe('ISO 8601 in UTC.'),
  clients: z.int().min(0).describe('Clients when it began, of those that it is about. Connections and HTTP requests.'),
  told: z.int().min(0).describe(
    'Clients that it told to go; with `per-message` balancing also links to the service that it closed.'
  ),
  toldAtDeadline: z.int().min(0).describe('Those among them that were told at the deadline.'),
  remaining: z.int().min(0).describe('Clients that are not gone, of those that it is about.'),
  node: z.string().optional().describe(
    'Of a cluster: the node that runs it, for the clients of all nodes. Omitted for a job of this node alone.'
  )
})
export type Job = Readonly<z.output<typeof job>>
