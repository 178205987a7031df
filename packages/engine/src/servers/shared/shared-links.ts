import type { DialClient, DialSink, Transport } from '@weirlb/link'
import type { ServiceRuntime } from '../../balancing/service.ts'
import type { ClientSide } from '../client-side.ts'
import type { LinkKind } from './greeted-dial.ts'
import { Lane } from './lane.ts'
import { SharedLink, type SharedLinkOwner } from './shared-link.ts'

/** The links to one service that clients share: one for each protocol and greeting. */
export class SharedLinks implements SharedLinkOwner {
  readonly #service: ServiceRuntime
  #links: readonly SharedLink[] = []

  private constructor (service: ServiceRuntime) { this.#service = service }

  static of (service: ServiceRuntime): SharedLinks {
    const { shared } = service
    if (shared instanceof SharedLinks) return shared
    const made = new SharedLinks(service)
    service.shared = made
    return made
  }

  /** A lane for a client; `open` it. `greeting`: what the client's servers are greeted with. */
  lane (client: ClientSide & DialClient, greeting: Uint8Array | undefined, opened: DialSink): Lane {
    const { vserver, spec } = client
    const kind = { service: this.#service, spec: spec.server, greeting } as LinkKind
    const { serverIdleTimeoutSeconds, bufferedBytes } = vserver.config.limits
    const link = this.#find(kind) ?? this.#open(kind, vserver.transport, client, serverIdleTimeoutSeconds * 1000)
    return new Lane(kind, link, { transport: vserver.transport, dialClient: client, maxUnread: bufferedBytes }, opened)
  }

  #find (kind: LinkKind): SharedLink | undefined {
    return this.#links.find(({ kind: { spec, greeting } }) => spec === kind.spec && isSame(greeting, kind.greeting))
  }

  #open (kind: LinkKind, transport: Pick<Transport, 'dial' | 'soon'>, client: DialClient, idleMs: number): SharedLink {
    const link = new SharedLink(kind, transport, client, idleMs, this)
    this.#links = [...this.#links, link]
    return link
  }

  onUnfit (link: SharedLink): void { this.#links = this.#links.filter(other => other !== link) }

  /** Links that have no client are closed, and the others once they have none. */
  close (): void { for (const link of this.#links) link.retire() }
}

const isSame = (one: Uint8Array | undefined, other: Uint8Array | undefined): boolean =>
  one === other || (one !== undefined && other !== undefined && Buffer.compare(one, other) === 0)

/** True if a link to this service says nothing of one client. */
export const mayShare = ({ target }: ServiceRuntime): boolean => target.layers.every(({ name }) => name !== 'proxy')
