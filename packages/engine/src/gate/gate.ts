import type { CloseReason, UserVserver } from '@weirlb/model'
import { AddressSet, type ClientFacts } from '@weirlb/link'

/** Why a gate does not let a client in. */
export interface Refusal { readonly reason: CloseReason, readonly detail: string }

/** A gate's interface of its vserver. */
export interface Occupancy {
  /** Clients that it has. */
  readonly connections: number
}

/**
 * The admission rules of a user vserver, compiled from its configuration. Each place returns a refusal, or undefined
 * to pass; evaluating it changes nothing.
 *
 *   accept ─► onAccept(address) ─► layers ─┬─► onClient(facts) ─► connection
 *                                          └─► onRequest(facts) ─► HTTP request, any number of times
 */
export interface Gate {
  /**
   * A connection was accepted, and nothing was read or created for it. `address`: its own, which may be that of a
   * balancer in front of the client. Whom this refuses may still validate a host name (`Strangers`).
   */
  onAccept (address: string): Refusal | undefined
  /** All layers of a client are open, and none of its protocol's bytes was read. */
  onClient (client: ClientFacts): Refusal | undefined
  /** An HTTP request arrived that is no WebSocket. Its connection may be older than these rules. */
  onRequest (client: ClientFacts): Refusal | undefined
}

/** One rule of a gate; a place without a function passes. */
type Rule = Partial<Gate>

/** Each kind of rule, compiled from its configuration. */
const kinds: readonly ((config: UserVserver, occupancy: Occupancy) => Rule | undefined)[] = [
  ({ allowFrom }) => allowFrom.length === 0 ? undefined : allowed(new AddressSet(allowFrom)),
  ({ limits: { maxClients } }, occupancy) => maxClients === 0 ? undefined : atMost(maxClients, occupancy)
]

const allowed = (networks: AddressSet): Rule => {
  const onAccept = (address: string): Refusal | undefined => networks.has(address) ? undefined : { reason: 'not-allowed', detail: `${address} is not in allowFrom` }
  return { onAccept, onRequest: ({ address, proxied }) => onAccept(proxied?.by.address ?? address) }
}

const atMost = (maxClients: number, occupancy: Occupancy): Rule => {
  const full: Refusal = { reason: 'limit', detail: `maxClients is ${maxClients}` }
  return { onClient: () => occupancy.connections >= maxClients ? full : undefined }
}

/** The rules of a vserver that has some; the first refusal is the result. */
class Rules implements Gate {
  readonly #onAccept: readonly Gate['onAccept'][]
  readonly #onClient: readonly Gate['onClient'][]
  readonly #onRequest: readonly Gate['onRequest'][]

  constructor (rules: readonly Rule[]) {
    this.#onAccept = rules.flatMap(({ onAccept }) => onAccept === undefined ? [] : [onAccept])
    this.#onClient = rules.flatMap(({ onClient }) => onClient === undefined ? [] : [onClient])
    this.#onRequest = rules.flatMap(({ onRequest }) => onRequest === undefined ? [] : [onRequest])
  }

  onAccept (address: string): Refusal | undefined { return firstOf(this.#onAccept, address) }
  onClient (client: ClientFacts): Refusal | undefined { return firstOf(this.#onClient, client) }
  onRequest (client: ClientFacts): Refusal | undefined { return firstOf(this.#onRequest, client) }
}

const firstOf = <T>(rules: readonly ((subject: T) => Refusal | undefined)[], subject: T): Refusal | undefined => {
  for (const rule of rules) {
    const refusal = rule(subject)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** The gate of a user vserver; undefined where everything passes, which costs its clients one comparison at each place. */
export const compileGate = (config: UserVserver, occupancy: Occupancy): Gate | undefined => {
  const rules = kinds.flatMap(kind => kind(config, occupancy) ?? [])
  return rules.length === 0 ? undefined : new Rules(rules)
}
