import { hostOfHeader } from '@weirlb/model'
import type { ClientFacts } from '@weirlb/link'
import type { ClientSubject } from '../gate/client-subject.ts'
import type { RuledRequest } from '../gate/rule-subject.ts'
import type { TriggerStats } from '../stats/stats.ts'
import { FunctionSubject } from './function-decisions.ts'
import type { FunctionHost } from './function-host.ts'
import { functionRequest } from './function-request.ts'
import type { FunctionOutcome } from './outcome.ts'
import type { FoundTrigger, TriggerTable } from './trigger-table.ts'

/** What a trigger leads to. */
export interface TriggerTarget {
  readonly stats: TriggerStats
  /** Undefined: no function; the request passes. */
  readonly host: FunctionHost | undefined
}

/** The triggers of a user vserver at work. */
export class EdgePlace {
  readonly #table: TriggerTable<TriggerTarget>

  constructor (table: TriggerTable<TriggerTarget>) { this.#table = table }

  /** Returns the trigger of a request; nothing is counted. */
  find ({ path, secure, headers }: RuledRequest): FoundTrigger<TriggerTarget> | undefined {
    const { host } = headers
    return this.#table.find(typeof host === 'string' ? hostOfHeader(host) : '', path, secure)
  }

  /** Have the function of a request decide; undefined: none is asked. `upgrade`: the client asks for a WebSocket. */
  decide (
    vserver: ClientSubject['vserver'],
    client: ClientFacts,
    request: RuledRequest,
    upgrade: boolean
  ): Promise<FunctionOutcome> | undefined {
    const found = this.find(request)
    if (found === undefined) return undefined
    const { trigger, to: { stats, host } } = found
    stats.matched++
    return host?.ask(
      functionRequest(client, request, upgrade, vserver.name),
      new FunctionSubject(vserver, client, request, trigger.name)
    )
  }
}
