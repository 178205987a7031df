import type { AnswerReader } from '../../extension/answer.ts'
import type { Balancer, EveryService } from '../../balancing/balancer.ts'
import type { ServiceRuntime } from '../../balancing/service.ts'
import { storedKey } from '../../persistence/session-key.ts'
import type { ClientSide } from '../client-side.ts'
import { KnownKeys } from './known-keys.ts'
import type { Replies } from './replies.ts'
import type { ServerLink } from './server-link.ts'
import type { ServerLinks } from './server-links.ts'
import { type Placer, WaitingMessage } from './waiting-message.ts'

/** Stands for the session key of messages without one. */
const NO_SESSION = ''

/** Called when a message has its server, if that was not known at once. */
export interface AddressingEvents { onAddressed (): void }

/**
 * Finds the service of each message, by the session keys that the client's messages have named before, or by the LB
 * vserver and the session directory, and the link to it.
 */
export class Addressing implements Placer<ServerLink> {
  readonly keys = new KnownKeys()
  /** The LB vserver of the last choice. */
  lb: Balancer | undefined
  readonly #connection: ClientSide
  readonly #links: ServerLinks
  readonly #events: AddressingEvents
  /** The message that is being placed now: later answers are for others. */
  #finding: WaitingMessage<ServerLink> | undefined
  /** Those that have no server yet. */
  #pending: Set<WaitingMessage<ServerLink>> | undefined
  /** A message that did not have to wait serves the next one. */
  #spare: WaitingMessage<ServerLink> | undefined

  constructor (connection: ClientSide, links: ServerLinks, events: AddressingEvents) {
    this.#connection = connection
    this.#links = links
    this.#events = events
  }

  linkedTo (service: ServiceRuntime): boolean { return this.#links.has(service) }

  /**
   * Returns a message with the keys of its verdict, and its server if known at once. `keyed`: its bytes, if it is one
   * that declared keys could have judged; else 0. Undefined: the connection is ending.
   */
  address (answer: AnswerReader | undefined, keyed = 0): WaitingMessage<ServerLink> | undefined {
    const connection = this.#connection
    const lb = this.balancerFor(answer?.via)
    if (lb === undefined) return undefined
    const message = this.#spare ?? new WaitingMessage(connection, this)
    this.#spare = undefined
    message.address(lb, answer)
    message.length = keyed
    this.find(message)
    return connection.ending ? undefined : message
  }

  /** The LB vserver that a verdict names, or the default. Undefined: the connection is ending. */
  balancerFor (via: string | undefined): Balancer | undefined {
    const { routing } = this.#connection.vserver
    const lb = routing.route(this.#connection, via)
    if (lb === undefined) this.#connection.extensionFailed(routing.unboundVia(via!))
    return lb
  }

  /**
   * Returns the placement of one key of a message that has several; valid until the next one is placed, or, without a
   * server, until it has one. Undefined: the connection is ending.
   */
  placeKey (lb: Balancer, token: string): WaitingMessage<ServerLink> | undefined {
    const message = this.#wishFor(lb)
    message.token = token
    this.find(message)
    if (this.#connection.ending) return undefined
    // Its answer comes later, and must find it as it is.
    if (message.server === undefined) this.#spare = undefined
    return message
  }

  /** The services that a message for all goes to. */
  everyService (lb: Balancer): EveryService { return lb.every(this.#wishFor(lb)) }

  /** True if this service of an LB vserver may get messages of this client. */
  reaches (lb: Balancer, service: ServiceRuntime): boolean { return lb.takes(service, this.#wishFor(lb)) }

  #wishFor (lb: Balancer): WaitingMessage<ServerLink> {
    const message = this.#spare ??= new WaitingMessage(this.#connection, this)
    message.address(lb, undefined)
    return message
  }

  /** The link to a service. Undefined: the connection is ending. */
  linkTo (service: ServiceRuntime): ServerLink | undefined { return this.#links.to(service) }

  /** The link to a service that an LB vserver has chosen by a token alone. Undefined: the connection is ending. */
  linkBy (lb: Balancer, service: ServiceRuntime): ServerLink | undefined {
    this.lb = lb
    return this.#links.forKeyed(service)
  }

  /** Returns a message of so many bytes whose server an LB vserver has chosen by its token alone. */
  placed (lb: Balancer, answer: AnswerReader, server: ServerLink, length: number): WaitingMessage<ServerLink> {
    const message = this.#wishFor(lb)
    this.#spare = undefined
    message.address(lb, answer)
    message.chosenBy = lb
    message.server = server
    message.length = length
    return message
  }

  /** The message did not have to wait. */
  giveBack (message: WaitingMessage<ServerLink>): void { this.#spare = message }

  #linkFor ({ length }: WaitingMessage<ServerLink>, service: ServiceRuntime): ServerLink | undefined {
    return length > 0 ? this.#links.forKeyed(service) : this.#links.to(service)
  }

  /** Choose a service for a message: at once, or `onAddressed` follows. */
  find (message: WaitingMessage<ServerLink>): void {
    const { lb, session = NO_SESSION, onlyPart } = message
    if (onlyPart !== undefined) {
      message.server = this.#links.to(onlyPart.only!)
      return
    }
    if (lb.persistent) {
      const known = this.keys.find(lb, session)
      if (known?.lb.takes(known.service, message) === true) {
        known.lb.onKnown()
        this.lb = known.lb
        message.chosenBy = known.lb
        message.server = this.#linkFor(message, known.service)
        return
      }
      this.keys.letGo(lb, session)
    }
    this.#finding = message
    lb.pick(message)
    this.#finding = undefined
    if (message.server === undefined) (this.#pending ??= new Set()).add(message)
  }

  /** The connection is over: its messages wait in no line any more. */
  leave (): void {
    this.keys.letGoAll()
    for (const message of this.#pending ?? []) if (message.queued !== undefined) message.leavePool()
  }

  onPlaced (message: WaitingMessage<ServerLink>, lb: Balancer, service: ServiceRuntime, held: boolean): void {
    if (held)
      this.keys.hold(message.lb, message.session ?? NO_SESSION, {
        lb,
        keeping: message.keeping!,
        key: message.key!,
        service,
        affinity: message.affinity
      })
    // Without an entry of the pool the next message is placed anew, and its pool is looked up again.
    else message.leavePool()
    message.affinity = undefined
    this.lb = lb
    message.chosenBy = lb
    message.server = this.#linkFor(message, service)
    this.#pending?.delete(message)
    if (this.#finding === message) return
    message.split?.onKeyPlaced()
    this.#follow(message.lb)
    if (!this.#connection.ending) this.#events.onAddressed()
  }

  /** Messages that wait for a place at a full service take none where their client has a link. */
  #follow (lb: Balancer): void {
    for (const message of this.#pending ?? []) {
      // One that is served has its answer soon.
      if (message.queued === undefined || message.queued.awaitsAnswer || message.lb !== lb) continue
      message.queued.quit()
      this.find(message)
      if (this.#connection.ending) return
      if (message.server === undefined) continue
      this.#pending!.delete(message)
      message.split?.onKeyPlaced()
    }
  }

  /**
   * A server that could not be reached, or has gone, has received nothing of this message: place it again, elsewhere.
   */
  avoid (message: WaitingMessage<ServerLink>, service: ServiceRuntime): void {
    message.avoid(service)
    this.keys.letGo(message.lb, message.session ?? NO_SESSION)
  }

  /** A message of this server set a session: pin it where the answered request went. */
  rebind (key: string, server: ServerLink, replies: Replies): void {
    const choice = replies.routeFor(server)
    const keeping = choice?.by.sessions
    if (choice === undefined || keeping === undefined) return
    const stored = storedKey(key)
    keeping.pin(stored, server.service.name)
    this.keys.hold(choice.asked, stored, {
      lb: choice.by,
      keeping,
      key: stored,
      service: server.service,
      affinity: undefined
    })
  }
}
