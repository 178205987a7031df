import type { Request } from './request.ts'

/** What a listener of `fetch` is called with (https://w3c.github.io/ServiceWorker/#fetchevent). */
export class FetchEvent {
  readonly type = 'fetch'
  readonly request: Request
  /** What the listener responded with; undefined: nothing. */
  #answer: { readonly response: unknown } | undefined
  #failOpen = false
  #over = false

  constructor (request: Request) { this.request = request }

  static answerOf (event: FetchEvent): { readonly response: unknown } | undefined { return event.#answer }
  static failsOpen (event: FetchEvent): boolean { return event.#failOpen }
  /** Its listeners have returned. */
  static end (event: FetchEvent): void { event.#over = true }

  respondWith (response: unknown): void {
    if (this.#over) throw new TypeError('respondWith() was called after the listener had returned')
    if (this.#answer !== undefined) throw new TypeError('respondWith() was called twice')
    this.#answer = { response }
  }

  /** Let the request pass where the function fails. */
  passThroughOnException (): void { this.#failOpen = true }

  /** Taken, and without effect: nothing outlives the decision. */
  waitUntil (promise: unknown): void { Promise.resolve(promise).catch(() => {}) }
}

type Listener = ((event: FetchEvent) => void) | { handleEvent (event: FetchEvent): void }

/** Listeners of `fetch`, in their order. */
const listeners: Listener[] = []

/** The global of this name. Other events never come. */
export const addEventListener = (type: string, listener: Listener): void => {
  if (typeof listener !== 'function' && typeof listener?.handleEvent !== 'function')
    throw new TypeError('addEventListener: expected a function')
  if (String(type) === 'fetch' && !listeners.includes(listener)) listeners.push(listener)
}

/** The global of this name. */
export const removeEventListener = (type: string, listener: Listener): void => {
  const at = String(type) === 'fetch' ? listeners.indexOf(listener) : -1
  if (at >= 0) listeners.splice(at, 1)
}

/** True if something listens. */
export const isListening = (): boolean => listeners.length > 0

/** Calls the listeners, up to one that responds. */
export const dispatch = (event: FetchEvent): void => {
  try {
    for (const listener of [...listeners]) {
      if (typeof listener === 'function') Reflect.apply(listener, globalThis, [event])
      else listener.handleEvent(event)
      if (FetchEvent.answerOf(event) !== undefined) return
    }
  } finally {
    FetchEvent.end(event)
  }
}
