import type { Decision } from '@weirlb/engine'
import type { SecurityLog } from './security-log.ts'
import type { Webhook } from './webhook.ts'

/** Takes what the workers report of the edge's decisions, for search, streams and the webhook. */
export class SecurityEvents {
  readonly log: SecurityLog
  readonly webhook: Webhook | undefined

  constructor (log: SecurityLog, webhook: Webhook | undefined) {
    this.log = log
    this.webhook = webhook
  }

  onDecisions (decisions: readonly Decision[], lost: number, worker: number): void {
    const events = decisions.map(decision => Object.freeze({ ...decision, worker }))
    this.log.add(events, lost)
    this.webhook?.add(events, lost)
  }
}
