import type { ServiceRuntime } from '../../balancing/service.ts'
import type { ClientSide } from '../client-side.ts'
import type { Addressing } from './addressing.ts'
import type { Replies } from './replies.ts'
import type { ServerLink } from './server-link.ts'
import type { ServerLinks } from './server-links.ts'
import { WaitingMessage } from './waiting-message.ts'

/** Maximum messages of one client that wait for a server: each costs more than its bytes. */
const MAX_WAITING = 1024

/** The sender of messages to links. */
export interface Sender {
  /**
   * Messages that go to this link have to wait: it is not open, others wait for it, or a message to it is not all
   * there.
   */
  mustWait (server: ServerLink): boolean
  /** Put a message that waited to its link. */
  send (message: WaitingMessage<ServerLink>, server: ServerLink): void
}

/**
 * The waiting messages of one client, and the greetings among them. In `unresolved` they wait for their service and
 * for earlier ones, so that none overtakes; then they wait at their link until it is open. The client is not read
 * while they are too large.
 *
 *   unresolved ──(service known, no earlier one waits)──► at its link ──(open)──► sent
 *        ▲                                                     │
 *        └───────────────(the link could not be opened)────────┘
 */
export class WaitingRoom {
  readonly #connection: ClientSide
  readonly #addressing: Addressing
  readonly #links: ServerLinks
  readonly #replies: Replies
  readonly #sender: Sender
  #unresolved: WaitingMessage<ServerLink>[] = []
  #count = 0
  /** Bytes of messages that wait. */
  bytes = 0
  #paused = false
  /** The greeting of a link before its first message. */
  #greeting: Uint8Array | undefined

  constructor (connection: ClientSide, addressing: Addressing, links: ServerLinks, replies: Replies, sender: Sender) {
    this.#connection = connection
    this.#addressing = addressing
    this.#links = links
    this.#replies = replies
    this.#sender = sender
  }

  get empty (): boolean { return this.#count === 0 }
  /** Messages wait for their service: those that follow do, too. */
  get holdsBack (): boolean { return this.#unresolved.length > 0 }
  /** Room for one more message beside so many that are being inspected. */
  hasRoom (undecided: number): boolean { return this.#count + undecided < MAX_WAITING }

  /** What is sent to a server before its first message; 'unknown' while messages wait for their service. */
  get greeting (): Uint8Array | 'unknown' | undefined { return this.holdsBack ? 'unknown' : this.#greeting }

  /** A message begins that has to wait; its bytes are added next. */
  push (message: WaitingMessage<ServerLink>): void {
    this.#count++
    this.#unresolved.push(message)
    this.deliver()
  }

  /** Bytes of a message that waits. */
  add (message: WaitingMessage<ServerLink>, bytes: Uint8Array): void {
    message.chunks.push(bytes)
    this.bytes += bytes.length
    if (this.#paused || this.bytes <= this.#connection.vserver.config.limits.bufferedBytes) return
    this.#paused = true
    this.#connection.client.pause()
  }

  /** Release messages whose server is known, up to the first one that waits. */
  deliver (): void {
    const messages = this.#unresolved
    while (messages.length > 0) {
      const message = messages[0]!
      if (message.greeting) {
        messages.shift()
        this.#forget(message)
        this.#greetAll(message.chunks[0]!)
        this.#letClientRead()
        continue
      }
      if (message.parts !== undefined) {
        if (message.parts === 'unknown') return
        messages.shift()
        this.#forget(message)
        messages.unshift(...message.parts)
        for (const part of message.parts) {
          this.#count++
          this.bytes += part.bytes
        }
        continue
      }
      // Its server may have gone while it waited for others.
      if (message.server !== undefined && !this.#links.holds(message.server)) {
        message.server = undefined
        this.#addressing.find(message)
        if (this.#connection.ending) return
      }
      const { server } = message
      if (server === undefined) return
      messages.shift()
      this.greetNew(server)
      if (this.#sender.mustWait(server)) server.waiting.push(message)
      else this.#send(message, server)
    }
  }

  /** A link can take what waits for it. */
  sendWaiting (server: ServerLink): void {
    const messages = server.waiting
    if (messages.length === 0) return
    server.waiting = []
    for (const message of messages) this.#send(message, server)
  }

  #send (message: WaitingMessage<ServerLink>, server: ServerLink): void {
    this.#forget(message)
    this.#sender.send(message, server)
    message.chunks = []
    this.#letClientRead()
  }

  #forget (message: WaitingMessage<ServerLink>): void {
    this.#count--
    this.bytes -= message.bytes
  }

  #letClientRead (): void {
    if (!this.#paused || this.bytes > this.#connection.vserver.config.limits.bufferedBytes) return
    this.#paused = false
    this.#connection.client.resume()
  }

  /** Nothing of what waits at this link has been sent, so others may have it. */
  readdress ({ waiting, service }: ServerLink): void {
    const messages = waiting.filter(message => !message.greeting && message.onlyPart === undefined)
    // Other links get the greeting before their own first message.
    for (const message of waiting) if (message.greeting || message.onlyPart !== undefined) this.#forget(message)
    for (const { onlyPart } of waiting) onlyPart?.onUnreachable()
    this.#unresolved = [...messages, ...this.#unresolved]
    this.#placeAnew(messages, service)
    if (this.#connection.ending) return
    this.deliver()
    this.#letClientRead()
  }

  #placeAnew (messages: readonly WaitingMessage<ServerLink>[], service: ServiceRuntime): void {
    for (const message of messages) this.#addressing.avoid(message, service)
    for (const message of messages) {
      this.#addressing.find(message)
      if (this.#connection.ending) return
    }
  }

  // ── greetings ────────────────────────────────────────────────────────────

  /**
   * Greet every link before its first message from now on, and those that had one. The greeting follows the messages
   * decided before.
   */
  greet (bytes: Uint8Array): void {
    if (this.holdsBack) this.#letGreetingWait(this.#unresolved, bytes)
    else this.#greetAll(bytes)
  }

  /** All messages before this greeting have been given to their links. */
  #greetAll (bytes: Uint8Array): void {
    this.#greeting = bytes.length > 0 ? bytes : undefined
    for (const server of this.#links.all()) if (server.greeted) this.#tellGreeting(server)
  }

  /** A message is about to be given to this link: it is greeted before its first. */
  greetNew (server: ServerLink): void {
    if (server.greeted) return
    server.greeted = true
    this.#tellGreeting(server)
  }

  #tellGreeting (server: ServerLink): void {
    const greeting = this.#greeting
    if (greeting === undefined) return
    if (this.#sender.mustWait(server)) {
      this.#letGreetingWait(server.waiting, greeting)
      return
    }
    server.greet(greeting)
    this.#replies.greeted(server)
  }

  /** Of adjacent greetings the last one counts. */
  #letGreetingWait (messages: WaitingMessage<ServerLink>[], greeting: Uint8Array): void {
    if (messages.at(-1)?.greeting === true) this.#forget(messages.pop()!)
    messages.push(new WaitingMessage(this.#connection, this.#addressing, greeting))
    this.#count++
    this.bytes += greeting.length
  }
}
