import { defaultService } from '@weirlb/model'
import type { Balancer, EveryService, Placement } from '../balancing/balancer.ts'
import { ServiceRuntime } from '../balancing/service.ts'
import { emptyServiceStats } from '../stats/empty.ts'

/** Returns a service for rehearsals only. Its statistics are not shown. */
export const rehearsedService = (name: string): ServiceRuntime =>
  new ServiceRuntime(
    { ...defaultService, name },
    { address: '127.0.0.1', port: 1, timeoutMs: 0, layers: [] },
    emptyServiceStats()
  )

/** An LB vserver with one service, which every client gets. It pins nothing. */
export class SoleServer implements Balancer {
  readonly name: string
  readonly config = { onDown: 'keep' } as const
  readonly persistent = false
  readonly sessions = undefined
  readonly #service: ServiceRuntime

  constructor (name: string) {
    this.name = name
    this.#service = rehearsedService(name)
  }

  pick (placement: Placement): void { placement.onPlaced(this, this.#service, false) }
  claimed (): void {}
  found (): void {}
  unpropose (): void {}
  takes (): boolean { return true }
  every (): EveryService { return { by: this, services: [this.#service] } }
  onKnown (): void {}
}
