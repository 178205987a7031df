import type { Balancer } from '../balancing/balancer.ts'
import type { LbExplanation } from '../balancing/lb-explanation.ts'
import type { RoutedClient, Routes, Routing } from '../balancing/routing.ts'
import { SoleServer } from '../rehearsal/sole-server.ts'
import type { Ticks } from '../rehearsal/ticks.ts'
import { ExplainingLb, type Explainable } from './explaining-lb.ts'

/** The routing of a user vserver, whose LB vservers and GLBs record what they would choose. */
export class ExplainingRouting implements Routing {
  readonly #routes: Routes<Explainable>
  readonly #decisions: (LbExplanation | undefined)[]
  readonly #ticks: Ticks
  readonly #explaining = new Map<Explainable, ExplainingLb>()

  constructor (routes: Routes<Explainable>, decisions: (LbExplanation | undefined)[], ticks: Ticks) {
    this.#routes = routes
    this.#decisions = decisions
    this.#ticks = ticks
  }

  route (client: RoutedClient, via: string | undefined): Balancer | undefined {
    const real = this.#routes.route(client, via)
    if (real === undefined) return undefined
    const known = this.#explaining.get(real) ??
      new ExplainingLb(real, via === undefined ? this.#routes.ruleFor(client) : undefined, this.#decisions, this.#ticks)
    this.#explaining.set(real, known)
    return known
  }

  unboundVia (name: string): string { return this.#routes.unboundVia(name) }
}

/** The routing of a client that a server replies to: it has its server, whichever LB vserver chose that. */
export class ServedRouting implements Routing {
  readonly #routes: Routes
  readonly #servers = new Map<Balancer, SoleServer>()

  constructor (routes: Routes) { this.#routes = routes }

  route (client: RoutedClient, via: string | undefined): Balancer | undefined {
    const real = this.#routes.route(client, via)
    if (real === undefined) return undefined
    const known = this.#servers.get(real) ?? new SoleServer(real.name)
    this.#servers.set(real, known)
    return known
  }

  unboundVia (name: string): string { return this.#routes.unboundVia(name) }
}
