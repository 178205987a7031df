import type { DialClient, DialSink, Transport } from '@weirlb/link'
import type { ServiceRuntime } from '../../balancing/service.ts'
import type { ClientSide } from '../client-side.ts'
import type { LinkKind } from './greeted-dial.ts'
import { Lane } from './lane.ts'
import { SharedLink, type SharedLinkOwner } from './shared-link.ts'

/**
 * Replies that wait have as many bytes as one direction may buffer, so many times: unlike a link of the client's own,
 * the shared one cannot be paused for a client whose other server is slow, and whose replies come in order.
 */
const UNREAD_TIMES = 16
/** For clients that are greeted in yet another way there are links of their own. */
const MAX_LINKS = 16

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

  /**
   * Returns a lane for a client; `open` it. `greeting`: what the client's servers are greeted with. Undefined: there
   * are too many links.
   */
  lane (client: ClientSide & DialClient, greeting: Uint8Array | undefined, opened: DialSink): Lane | undefined {
    const { vserver, spec } = client
    const kind = { service: this.#service, spec: spec.server, greeting } as LinkKind
    const { serverIdleTimeoutSeconds, bufferedBytes } = vserver.config.limits
    const { transport } = vserver
    const link = this.#find(kind) ?? this.#open(kind, transport, client, serverIdleTimeoutSeconds * 1000)
    const maxUnread = UNREAD_TIMES * bufferedBytes
    return link && new Lane(kind, link, { transport, dialClient: client, maxUnread }, opened)
  }

  #find (kind: LinkKind): SharedLink | undefined {
    const found = this.#links.find(({ kind: { spec, greeting } }) =>
      spec === kind.spec && isSame(greeting, kind.greeting)
    )
    if (found?.hangs !== true) return found
    found.retire()
    return undefined
  }

  #open (
    kind: LinkKind,
    transport: Pick<Transport, 'dial' | 'soon'>,
    client: DialClient,
    idleMs: number
  ): SharedLink | undefined {
    // Those of a version of the extension that is gone, and more than anyone needs.
    for (const link of this.#links)
      if (!link.hasLanes && (link.kind.spec !== kind.spec || this.#links.length >= MAX_LINKS)) link.retire()
    if (this.#links.length >= MAX_LINKS) return undefined
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
