import { canonicalHost, hostOfHeader, type Glb } from '@weirlb/model'
import type { ClientFacts } from '@weirlb/link'
import type { Balancer } from './balancer.ts'
import { HostTable, type Matched, type Published, type Rule } from './host-table.ts'

/** A client, as it is routed. */
export interface RoutedClient extends Published { readonly client: { readonly peer: ClientFacts } }

/** Leads an extension's clients to LB vservers. */
export interface Routing {
  /**
   * Returns where a client, or one of its messages, goes; undefined: `via`, which a verdict named, is not bound here.
   */
  route (client: RoutedClient, via: string | undefined): Balancer | undefined
  /** Returns the fault of such a `via`. */
  unboundVia (name: string): string
}

/**
 * Clients that speak HTTP have the name of their Host header, all others that of their TLS handshake, here or with the
 * balancer in front.
 */
class ClientTables<B> {
  readonly #hosts: HostTable<B>
  readonly #serverNames: HostTable<B>

  constructor (glbs: readonly Matched<B>[]) {
    this.#hosts = new HostTable(glbs, 'hosts')
    this.#serverNames = new HostTable(glbs, 'sni')
  }

  find (client: RoutedClient): Rule<B> | undefined {
    const { http, serverName, proxied }: ClientFacts = client.client.peer
    const name = serverName ?? proxied?.authority
    return http === undefined
      ? this.#serverNames.find(name === undefined ? '' : canonicalHost(name), undefined, client)
      : this.#hosts.find(hostOfHeader(http.headers['host'] ?? ''), http.path, client)
  }
}

/**
 * The routing of a user vserver's clients: facts and verdict → LB vserver or GLB.
 *
 *   verdict's `via` ──► exact name ──► longest wildcard ──► `*` ──► defaultLb
 */
export class Routes<B extends Balancer = Balancer> implements Routing {
  readonly #lb: B
  readonly #via: ReadonlyMap<string, B>
  /** Undefined without GLBs, which costs clients one comparison. */
  readonly #glbs: ClientTables<B> | undefined

  /** `via`: the LB vservers that the extension may name. */
  constructor (lb: B, via: ReadonlyMap<string, B>, glbs: readonly Matched<B>[] = []) {
    this.#lb = lb
    this.#via = via
    this.#glbs = glbs.length === 0 ? undefined : new ClientTables(glbs)
  }

  route (client: RoutedClient, via: string | undefined): B | undefined {
    if (via !== undefined) return this.#via.get(via)
    if (this.#glbs === undefined) return this.#lb
    return this.#glbs.find(client)?.to ?? this.#lb
  }

  /** The rule that leads this client; undefined: it goes to the default. */
  ruleFor (client: RoutedClient): Rule<B> | undefined { return this.#glbs?.find(client) }

  unboundVia (name: string): string {
    return `via '${name}' is not bound to this user vserver; there are: ${[...this.#via.keys()].join(', ')}`
  }
}

/**
 * Returns which server names' TLS passes unopened; undefined: none does. Of the GLBs of a user vserver the one with the
 * best name decides, by whatever its clients are matched.
 */
export const passingNames = (glbs: readonly Glb[]): ((serverName: string) => boolean) | undefined => {
  const enabled = glbs.filter(({ state }) => state === 'enabled')
  if (enabled.every(({ proxied }) => proxied)) return undefined
  const table = new HostTable(
    enabled.map(({ proxied, match: { hosts, sni } }) => ({ to: !proxied, match: { hosts, sni } })),
    'names'
  )
  return serverName => table.find(canonicalHost(serverName), undefined, undefined)?.to === true
}

/** The routing of a user vserver's HTTP requests: exact host → longest wildcard → `*` → default. */
export class RequestRoutes<B extends Balancer = Balancer> {
  readonly #lb: B
  readonly #glbs: HostTable<B> | undefined

  constructor (lb: B, glbs: readonly Matched<B>[] = []) {
    this.#lb = lb
    this.#glbs = glbs.length === 0 ? undefined : new HostTable(glbs, 'hosts')
  }

  /** `host`: the Host header. `path`: the path and query. */
  route (host: string, path: string): B {
    if (this.#glbs === undefined) return this.#lb
    return this.ruleFor(host, path)?.to ?? this.#lb
  }

  /** The rule that leads this request; undefined: it goes to the default. */
  ruleFor (host: string, path: string): Rule<B> | undefined {
    return this.#glbs?.find(hostOfHeader(host), path, undefined)
  }
}
