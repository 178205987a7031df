import { describeChoices, eventNames, eventTypes, WeirError, type EventName, type EventPayload, type WeirEvent } from '@weirlb/model'
import type { Log } from '@weirlb/engine'

/** Who is told of an event. */
export type EventListener<E extends EventName> = (event: WeirEvent<E>) => void

/** Tells listeners what happens. A listener that throws is logged, and the others are told all the same: no program around Weir can break it. */
export class Events {
  readonly #log: Log
  readonly #listeners = new Map<EventName, Set<EventListener<never>>>()

  constructor (log: Log) { this.#log = log }

  /** Be told of an event from now on; the answer ends it. Throws `config-invalid` for a name that there is not. */
  on<E extends EventName> (type: E, listener: EventListener<E>): () => void {
    if (!Object.hasOwn(eventTypes, type)) throw new WeirError('config-invalid', `no event '${String(type)}'; there are: ${describeChoices(eventNames)}`)
    // One entry a call, so that a function which listens twice is told twice and each call ends its own.
    const entry: EventListener<E> = event => { listener(event) }
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners.add(entry as EventListener<never>))
    return () => { listeners.delete(entry as EventListener<never>) }
  }

  emit<E extends EventName> (type: E, payload: EventPayload<E>): void {
    const listeners = this.#listeners.get(type)
    if (listeners === undefined || listeners.size === 0) return
    const event = Object.freeze({ type, time: Date.now(), ...payload })
    for (const listener of [...listeners]) {
      try {
        listener(event as never)
      } catch (error) {
        this.#log.error({ event: type, error: (error as Error).message }, 'a listener of an event threw')
      }
    }
  }
}
