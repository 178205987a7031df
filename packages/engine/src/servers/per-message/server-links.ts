import { type ByteLink, type DialClient, type LinkError, type Transport, wheel } from '@weirlb/link'
import type { CloseReason } from '@weirlb/model'
import { closesAtOnce } from '../../balancing/balancer.ts'
import type { ServiceRuntime } from '../../balancing/service.ts'
import { MessageInlet } from '../../direction/message-inlet.ts'
import type { Direction } from '../../direction/owner.ts'
import type { ClientSide } from '../client-side.ts'
import { tellClosed, tellDialFailed } from '../placement.ts'
import { movedOn } from '../moved-on.ts'
import { whyOwnLinks } from '../../extension/own-links.ts'
import { mayShare, SharedLinks } from '../shared/shared-links.ts'
import type { Replies } from './replies.ts'
import { type LinkEvents, ServerLink } from './server-link.ts'

/** Maximum links of one client; for one more, an idle one is closed. */
const MAX_LINKS = 64

/** The links' interface of their user, which sends messages. */
export interface LinkUser {
  /** The client's present message goes to this link. */
  isCurrent (server: ServerLink): boolean
  /** A message of the client is on its way to this server, and not all of it is there. */
  inMessage (server: ServerLink): boolean
  /** What servers of its client are greeted with now; undefined: with nothing. 'unknown': earlier messages wait. */
  readonly greeting: Uint8Array | 'unknown' | undefined
  /** The link is open: what waits for it can go. `waits`: something does. */
  onOpen (server: ServerLink, waits: boolean): void
  /** The link is no more: no message goes there. */
  onForgotten (server: ServerLink): void
  /** Messages that waited at this link have not been sent, and may go elsewhere. */
  onOrphans (server: ServerLink): void
  /** A link has ended that owed nothing. */
  onEnded (): void
}

/**
 * The links of one client, one for each service that its messages went to.
 *
 *   to(service) ──► dialling ──► open ──► idle, lost or its service gone ──► forgotten ──► closed
 */
export class ServerLinks implements LinkEvents {
  /** By service, while messages may be given to them. */
  readonly #byService = new Map<ServiceRuntime, ServerLink>()
  /** Links that are open or closing, or whose last messages are still being inspected. */
  open: readonly ServerLink[] = []
  readonly #connection: ClientSide
  readonly #replies: Replies
  readonly #user: LinkUser
  /** Links that take no more for now. */
  #full = 0
  /** Messages with declared keys may go over links that clients share. */
  readonly shares: boolean
  /** It is being given its part of a shared link. */
  #sharing: ServerLink | undefined
  /** The open link that was asked for last: a read asks for it several times. */
  #last: ServerLink | undefined

  constructor (connection: ClientSide, replies: Replies, user: LinkUser) {
    this.#connection = connection
    this.#replies = replies
    this.#user = user
    const { vserver, declaration } = connection
    this.shares = vserver.config.serverLinks === 'shared' && whyOwnLinks(declaration) === undefined
  }

  get transport (): Pick<Transport, 'dial'> { return this.#connection.vserver.transport }
  get dialClient (): DialClient { return this.#connection }
  get services (): ServiceRuntime[] { return [...this.#byService.keys()] }
  get size (): number { return this.#byService.size }
  get #idleMs (): number { return this.#connection.vserver.config.limits.serverIdleTimeoutSeconds * 1000 }
  /** No link is open. */
  get gone (): boolean { return this.open.every(server => server.closed) }
  get moved (): number { return this.open.reduce((sum, { link }) => sum + movedOn(link!), 0) }
  /** Of the first server that has sent a part of a frame. */
  get incomplete (): string | undefined {
    for (const { inlet } of this.open) {
      const words = inlet?.incomplete('a frame of a server')
      if (words !== undefined) return words
    }
    return undefined
  }

  /** A link takes no more for now. */
  get full (): boolean { return this.#full > 0 }

  has (service: ServiceRuntime): boolean { return this.#byService.has(service) }
  /** The link may be given messages. */
  holds (server: ServerLink): boolean { return this.#byService.get(server.service) === server }
  all (): IterableIterator<ServerLink> { return this.#byService.values() }

  /** The link whose bytes come in through this direction. */
  of (direction: Direction): ServerLink | undefined {
    const last = this.#last
    if (last !== undefined && last.inlet === direction) return last
    for (const server of this.open) if (server.inlet === direction) return this.#last = server
    return undefined
  }

  /** The link to a service: there, or being dialled from now on. Undefined: the connection is ending. */
  to (service: ServiceRuntime): ServerLink | undefined {
    const present = this.#byService.get(service)
    if (present !== undefined) return present
    const server = this.#add(service)
    server?.dial()
    return server
  }

  /**
   * The same for a message that leaves nothing behind at the server, and has one reply: perhaps the link is a part of
   * one that clients share.
   */
  forKeyed (service: ServiceRuntime): ServerLink | undefined {
    const present = this.#byService.get(service)
    if (present !== undefined) {
      if (!this.shares || present.shared || !present.isOwnForNothing(this.#idleMs)) return present
      this.close(present)
    }
    const { greeting } = this.#user
    if (!this.shares || greeting === 'unknown' || !mayShare(service)) return this.to(service)
    const server = this.#add(service)
    const lane = server && SharedLinks.of(service).lane(this.#connection, greeting, server)
    this.#sharing = server
    if (lane === undefined) server?.dial()
    else server!.share(lane)
    this.#sharing = undefined
    return server
  }

  #add (service: ServiceRuntime): ServerLink | undefined {
    if (this.#byService.size >= MAX_LINKS && !this.#closeIdle()) {
      this.#connection.finish('limit', `messages under way to more than ${MAX_LINKS} services`)
      return undefined
    }
    const server = new ServerLink(this, service)
    this.#byService.set(service, server)
    return server
  }

  // ── a link opens ─────────────────────────────────────────────────────────

  onConnected (server: ServerLink, link: ByteLink): void {
    server.inlet = this.#replies.inlet(link)
    link.sink = server.inlet
    link.meter = server.service.meter
    this.open = [...this.open, server]
    this.#armIdle(server)
    // The message is being placed that it is opened for.
    this.#user.onOpen(server, server !== this.#sharing)
  }

  onDialFailed (server: ServerLink, error: LinkError): void {
    this.#byService.delete(server.service)
    tellDialFailed(this.#connection, server.service, error.message)
    this.#user.onOrphans(server)
  }

  onFirstReply (ms: number): void { this.#connection.vserver.onFirstReply(ms) }
  onFault (error: unknown): void { this.#connection.onFault(error) }

  // ── it takes bytes, or not for now ───────────────────────────────────────

  /** Write what was put to the links. The client is not read while one takes no more. */
  flush (): void {
    // measured: an iterator over a map of four takes longer than this loop. A link that is not open has no bytes.
    const { open } = this
    for (let n = 0; n < open.length; n++) {
      const server = open[n]!
      if (server.flush() || server.full || !this.holds(server)) continue
      server.full = true
      if (this.#full++ === 0) this.#connection.clientInlet.holdForOther()
    }
  }

  onDrained (server: ServerLink): void {
    if (!server.full) return
    server.full = false
    if (--this.#full === 0) this.#connection.clientInlet.releaseForOther()
  }

  // ── it ends ──────────────────────────────────────────────────────────────

  #armIdle (server: ServerLink): void {
    const idleMs = this.#idleMs
    if (idleMs > 0) wheel.arm(server, idleMs)
  }

  onIdle (server: ServerLink): void {
    if (!this.holds(server)) return
    if (server.used || server.link!.queued > 0 || this.#user.inMessage(server) || this.#replies.owes(server)) {
      server.used = false
      this.#armIdle(server)
      return
    }
    this.close(server)
  }

  #closeIdle (): boolean {
    for (const server of this.#byService.values()) {
      if (server.link === undefined || this.#user.isCurrent(server) || this.#replies.owes(server)) continue
      this.close(server)
      return true
    }
    return false
  }

  /** Close a link from our side; the next message for its service dials again. */
  close (server: ServerLink): void {
    this.#forget(server)
    server.flush()
    server.link!.close()
    this.#orphan(server)
  }

  /** Give up a dial. */
  giveUp (server: ServerLink): void {
    server.cancelDial()
    server.leave()
    this.#byService.delete(server.service)
  }

  onEnded (server: ServerLink): void {
    this.#lose(server, server.error)
    if (server.closed) this.#remove(server)
    else server.link!.close()
  }

  onClosed (server: ServerLink, error: LinkError | undefined): void {
    server.closed = true
    server.error = error
    const { inlet } = server
    // Its last messages may still be in the sandbox. A reset ends its stream like a FIN, and onEnded follows.
    if (inlet instanceof MessageInlet && !this.#connection.ending && this.holds(server)) {
      // A lane that was given up is not at the end of its stream: what is here of a message is no last line.
      if (error !== undefined && error.kind !== 'limit') {
        inlet.onEnd()
        return
      }
      if (inlet.endWaits) return
    }
    this.#lose(server, error)
    this.#remove(server)
  }

  /** A server has ended. */
  #lose (server: ServerLink, error: LinkError | undefined): void {
    if (!this.holds(server)) return
    this.#forget(server)
    const connection = this.#connection
    if (connection.ending) return
    if (server.keptWaiting && !connection.clientGone) tellClosed(connection, server.service, error)
    const reason = this.#replies.endFor(server, error !== undefined)
    if (reason !== undefined && !(connection.clientEnded && this.#replies.heardOut(server))) {
      connection.finish(reason, [server.service.name, error?.message].filter(Boolean).join(': '))
    } else {
      this.#orphan(server)
      this.#user.onEnded()
    }
  }

  #orphan (server: ServerLink): void {
    if (server.waiting.length > 0 && !this.#connection.ending) this.#user.onOrphans(server)
  }

  #forget (server: ServerLink): void {
    this.#byService.delete(server.service)
    if (server.inlet instanceof MessageInlet) server.inlet.deaf = true
    this.#user.onForgotten(server)
    this.#replies.onLost(server)
    this.onDrained(server)
  }

  #remove (server: ServerLink): void {
    this.open = this.open.filter(other => other !== server)
    this.#last = undefined
    server.leave()
    // The message before the goodbye will not end any more.
    if (this.gone && this.#replies.goodbyeWaits) this.#connection.onReplied()
  }

  /** A service went away or may have no clients. */
  onServiceGone (service: ServiceRuntime): void {
    const server = this.#byService.get(service)
    if (server === undefined || this.#connection.ending) return
    if (server.link === undefined) {
      this.giveUp(server)
      this.#user.onOrphans(server)
    } else if (this.#replies.endFor(server, false) !== undefined) this.#connection.finish('service-down', service.name)
    else this.close(server)
  }

  /** The monitors of a service failed. Its link goes where the LB vserver that chose it wants that. */
  onServiceDown (service: ServiceRuntime): void {
    const by = this.#byService.get(service)?.route?.by
    if (by !== undefined && closesAtOnce(by)) this.onServiceGone(service)
  }

  /** By choice of this LB vserver, or of any. */
  isAt (service: ServiceRuntime, lbVserver: string | undefined): boolean {
    const server = this.#byService.get(service)
    return server !== undefined && (lbVserver === undefined || server.route?.by.name === lbVserver)
  }

  /** Let go of a service between two requests: its link is closed, or the client goes with it. */
  leaveService (service: ServiceRuntime, reason: CloseReason, force: boolean): boolean {
    const server = this.#byService.get(service)
    if (server === undefined || this.#connection.ending) return false
    if (force) this.onServiceGone(service)
    else if (
      server.link === undefined || server.waiting.length > 0 || server.owed > 0 || server.link.queued > 0 ||
      server.inMessage || this.#user.inMessage(server)
    ) return false
    else if (this.#replies.owes(server)) return this.#connection.leave(reason, service.name)
    else this.close(server)
    return true
  }

  /** Pending links are not needed any more. */
  cancelDials (): void {
    for (const server of this.#byService.values()) if (server.link === undefined) this.giveUp(server)
  }

  closeAll (reset: boolean): void {
    this.cancelDials()
    for (const server of this.open) {
      server.flush()
      if (reset && !this.#replies.over) server.link!.abort()
      else server.link!.close()
    }
  }

  leave (): void {
    for (const server of this.open) server.leave()
    this.open = []
    this.#last = undefined
    this.#byService.clear()
  }
}
