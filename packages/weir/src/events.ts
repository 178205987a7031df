import {
  describeChoices,
  eventNames,
  eventTypes,
  WeirError,
  type EventName,
  type EventPayload,
  type WeirEvent
} from '@weirlb/model'
import type { Log } from '@weirlb/engine'

/** Receives an event. */
export type EventListener<E extends EventName> = (event: WeirEvent<E>) => void

/**
 * Calls listeners with events. A listener that throws is logged, and the others are still called: no embedding
 * program can break Weir.
 */
export class Events {
  readonly #log: Log
  readonly #listeners = new Map<EventName, Set<EventListener<never>>>()

  constructor (log: Log) { this.#log = log }

  /** Add a listener; the returned function removes it. Throws `config-invalid` for an unknown name. */
  on<E extends EventName> (type: E, listener: EventListener<E>): () => void {
    if (!Object.hasOwn(eventTypes, type))
      throw new WeirError('config-invalid', `no event '${String(type)}'; there are: ${describeChoices(eventNames)}`)
    // One entry per call, so that a function added twice is called twice and each call removes its own.
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
