import {
  dial,
  type ByteLink,
  type DialClient,
  type LinkError,
  type Dial,
  type DialSink,
  type Transport,
  WheelTimer,
  wheel
} from '@weirlb/link'
import type { Balancer } from '../../balancing/balancer.ts'
import type { ServiceRuntime } from '../../balancing/service.ts'
import type { Inlet } from '../../direction/inlet.ts'
import type { PlainOutlet } from '../../direction/plain-outlet.ts'
import type { Route } from './route.ts'
import { WriteBatch } from '../../direction/write-batch.ts'
import type { ByteQueue } from './byte-queue.ts'
import { Lane, MAX_SHARED } from '../shared/lane.ts'
import type { ReplyRun } from './reply-queue.ts'
import type { WaitingMessage } from './waiting-message.ts'

/** Receives the events of one client's links. */
export interface LinkEvents {
  readonly transport: Pick<Transport, 'dial'>
  /** The owner of the links. */
  readonly dialClient: DialClient
  onConnected (server: ServerLink, link: ByteLink): void
  onDialFailed (server: ServerLink, error: LinkError): void
  /** The server has sent its first message, so long after the first to it. */
  onFirstReply (ms: number): void
  /** Nothing has gone through it for a while. */
  onIdle (server: ServerLink): void
  onFault (error: unknown): void
}

/**
 * The link of one client to one service, dialled for the first message and kept for the next ones. Closed when nothing
 * has gone through it for a while.
 *
 *   dialling (messages wait) ──► open ──► closed
 */
export class ServerLink extends WheelTimer implements DialSink {
  readonly #events: LinkEvents
  readonly service: ServiceRuntime
  #dial: Dial | undefined
  /** Its link is, or will be, a part of one that clients share; undefined: it has its own. */
  #lane: Lane | undefined
  /** When a message needed a link of its own, on the wheel's clock. */
  #neededAt = wheel.now
  link: ByteLink | undefined
  inlet: Inlet | undefined
  /** The link is gone; its last bytes may still be under inspection. */
  closed = false
  /** Why, when that was not in order. */
  error: LinkError | undefined
  /** Messages that wait for the link, in order. */
  waiting: WaitingMessage<ServerLink>[] = []
  readonly #parts = new WriteBatch()
  /** The link takes no more for now. */
  full = false
  /** True if a message passed since the idle timer's last check. */
  used = true
  /** How the last message came to it. */
  route: Route | undefined
  /** Created for the first originated bytes. */
  outlet: PlainOutlet | undefined
  #left = false
  /** The server has accepted it. */
  #established = false
  /**
   * When its dial began, and from its opening with the first message on, when that was; undefined once the server has
   * replied.
   */
  #since: number | undefined
  /** When it was sent a later message while it owed none; 0: it has replied to that, or nobody wants to know. */
  #askedAt = 0

  // For what comes back:
  /** Where its next messages belong, oldest first. */
  readonly runs: ReplyRun<ServerLink>[] = []
  /** Where the bytes that its flow passes belong. */
  passing: ReplyRun<ServerLink> | undefined
  /** Its greeting is queued, or waits with the messages. */
  greeted = false
  /** Messages that it owes. */
  owed = 0
  /** Replies to greetings among them. */
  greetings = 0
  /** It has state of the client: it stays open while it is idle, and the client goes with it. */
  kept = false
  /** Messages beyond its outstanding replies are forwarded. */
  unasked = false
  /** Bytes of it that wait for their turn. */
  heldBytes = 0
  /** The small pieces among them, in its order; undefined: there are none. */
  held: ByteQueue | undefined
  /** Bytes of it that wait for other servers' replies to the same message. */
  gatheredBytes = 0

  constructor (events: LinkEvents, service: ServiceRuntime) {
    super()
    this.#events = events
    this.service = service
    service.enter(true)
  }

  dial (): void {
    this.#since = performance.now()
    this.service.dialBegun()
    this.#dial = dial(this.#events.transport, this.service.target, this, this.#events.dialClient)
  }

  /** Take a part of a link that clients share. */
  share (lane: Lane): void {
    this.#since = performance.now()
    this.#dial = this.#lane = lane
    // Whoever began the shared link has greeted the server.
    this.greeted = true
    lane.open()
  }

  /** What follows goes over a link of its own, since it may leave something behind at the server. */
  needOwn (): void {
    this.#neededAt = wheel.now
    this.#lane?.needOwn()
    this.#lane = undefined
  }

  /** Its messages go over a link that others share too. */
  get shared (): boolean { return this.#lane !== undefined }

  /** Nothing has needed a link of its own for so long, and nothing is under way on it. */
  isOwnForNothing (ms: number): boolean {
    return ms > 0 && wheel.now - this.#neededAt >= ms && this.owed === 0 && !this.kept &&
      !this.unasked && !this.inMessage && this.waiting.length === 0 && this.link?.queued === 0
  }

  /**
   * The extension takes a message of the server for no reply: on a link that clients share, everything behind it would
   * be another client's.
   */
  mistrust (): void { if (this.link instanceof Lane) this.link.mistrust() }

  /** Greet the server, which replies with one message. */
  greet (bytes: Uint8Array): void {
    this.needOwn()
    this.put(bytes, 0, bytes.length, true)
  }

  onConnected (link: ByteLink): void {
    this.#dial = undefined
    this.link = link
    this.service.established()
    this.#established = true
    const now = performance.now()
    // The dials of shared links are counted there.
    if (!(link instanceof Lane)) {
      this.service.dialSucceeded()
      this.service.onDialled(now - this.#since!)
    }
    this.#since = now
    try {
      this.#events.onConnected(this, link)
    } catch (error) {
      this.onFault(error)
      link.abort()
    }
  }

  onFailed (error: LinkError): void {
    if (!(this.#dial instanceof Lane)) this.service.dialFailed(performance.now())
    this.#dial = undefined
    this.leave()
    try {
      this.#events.onDialFailed(this, error)
    } catch (fault) {
      this.onFault(fault)
    }
  }

  /** A message of it has begun, and not all of it is there. */
  get inMessage (): boolean { return this.passing !== undefined && this.passing.left > 0 }

  /** True if the message after `others` earlier ones may be its reply to a greeting. */
  mayAnswerGreeting (others: number): boolean {
    if (this.greetings === 0) return false
    let before = 0
    for (const run of this.runs) {
      if (run.swallowed) return true
      before += run.owed
      if (before > others) return false
    }
    return false
  }

  /** It owes replies, and has not sent a byte. */
  get keptWaiting (): boolean { return this.owed > 0 && this.link?.bytesRead === 0 }

  /** A message of it goes to the client, or is discarded. */
  onReply (): void {
    if (this.#since === undefined) return
    const ms = performance.now() - this.#since
    this.service.onFirstReply(ms)
    this.#events.onFirstReply(ms)
    this.#since = undefined
  }

  /** A message is given to it; `keyed`: its bytes, if it may go over a link that clients share, else 0. */
  take (lb: Balancer, chosenBy: Balancer, keyed: number): void {
    this.used = true
    if (keyed === 0 || keyed > MAX_SHARED) this.needOwn()
    else this.#lane?.begin(keyed)
    this.service.stats.messages++
    // Messages that came in the same way share one object.
    if (this.route?.asked !== lb || this.route.by !== chosenBy) this.route = { asked: lb, by: chosenBy }
  }

  /** Pass on bytes of a message, with the rest of what one read brought. */
  put (bytes: Uint8Array, from: number, to: number, owned: boolean): void {
    this.#parts.add(bytes, from, to, owned)
  }

  /** Write what was put; false: the link is full. */
  flush (): boolean { return this.link === undefined || this.#parts.writeTo(this.link) }

  /** It owes so many messages more, or fewer. */
  owe (count: number): void {
    if (this.owed === 0 && count > 0 && this.#since === undefined && this.service.timesReplies)
      this.#askedAt = performance.now()
    this.owed += count
    this.service.owe(count)
  }

  /** It has replied to a message. */
  paid (): void {
    this.owe(-1)
    if (this.#askedAt === 0) return
    const now = performance.now()
    this.service.repliedAfter(now - this.#askedAt, now)
    this.#askedAt = 0
  }

  override onTimeout (): void { this.#events.onIdle(this) }
  override onFault (error: unknown): void { this.#events.onFault(error) }

  cancelDial (): void {
    this.#dial?.cancel()
    this.#dial = undefined
  }

  /** The link is closed, or will never be: count it. */
  leave (): void {
    if (this.#left) return
    this.#left = true
    wheel.cancel(this)
    this.inlet?.dispose()
    const { service } = this
    if (this.owed !== 0) service.owe(-this.owed)
    service.leave(true, this.#established)
  }
}
