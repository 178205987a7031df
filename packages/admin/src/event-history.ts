import { eventNames, type EventName, type WeirEvent } from '@weirlb/model'
import type { Weir } from '@weirlb/core'
import type { EventStream } from './event-stream.ts'

/** Latest events that are kept for clients that come back. */
const MAX_KEPT = 1000

interface Kept { readonly number: number, readonly event: WeirEvent }

/**
 * The latest events, each with an id: `RUN.NUMBER`. A client that was cut off names the last one that it has
 * (`Last-Event-ID`) and gets those behind it. One that names an event of another run of the server gets all that are
 * kept: they are all news to it.
 */
export class EventHistory {
  /** Runs of one server differ. */
  readonly #run = Date.now().toString(36)
  readonly #kept: Kept[] = []
  #last = 0
  readonly #followers = new Set<(kept: Kept) => void>()
  readonly #ends: readonly (() => void)[]

  constructor (weir: Weir) { this.#ends = eventNames.map(type => weir.on(type, event => { this.#add(event) })) }

  close (): void { for (const end of this.#ends) end() }

  /**
   * Send events of these types to a stream: the missed ones, and those that follow until the returned function is
   * called.
   */
  follow (types: ReadonlySet<EventName>, lastEventId: string | undefined, stream: EventStream): () => void {
    const send = ({ number, event }: Kept): void => {
      if (types.has(event.type)) stream.send(event.type, event, `${this.#run}.${number}`)
    }
    if (lastEventId !== undefined) this.#replay(lastEventId, stream, send)
    stream.mark(`${this.#run}.${this.#last}`)
    this.#followers.add(send)
    return () => { this.#followers.delete(send) }
  }

  #replay (lastEventId: string, stream: EventStream, send: (kept: Kept) => void): void {
    const [run, text] = lastEventId.split('.')
    const number = run === this.#run ? Number(text) : 0
    // An id that is none of ours says nothing about what its client has.
    const from = Number.isInteger(number) ? number : 0
    const forgotten = (this.#kept[0]?.number ?? this.#last + 1) - 1 - from
    if (forgotten > 0) stream.lost(forgotten)
    for (const kept of this.#kept) if (kept.number > from) send(kept)
  }

  #add (event: WeirEvent): void {
    const kept = { number: ++this.#last, event }
    this.#kept.push(kept)
    if (this.#kept.length > MAX_KEPT) this.#kept.shift()
    for (const follower of this.#followers) follower(kept)
  }
}
