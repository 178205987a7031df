import type { Event } from '@weirlb/admin/client'
import { useEffect } from 'preact/hooks'
import { follow, type Stream } from './live.ts'

type Listener = (event: Event) => void

const listeners = new Set<Listener>()
let stream: Stream | undefined

/** Called with each event of Weir, and with undefined when some may have been missed: what was loaded may be old. */
const tell = (event: Event | undefined): void => {
  for (const listener of listeners) listener(event ?? missed)
}

/** Stands for events that nobody has any more, or that came before the stream: everything may have changed. */
const missed = { type: 'config-applied', time: 0, revision: 0 } as const satisfies Event

/**
 * Call a listener with Weir's events while a component is there. All of the page share one stream. When it begins, and
 * after events that were missed for good, the listener is called with a `config-applied`.
 */
export const useEvents = (listener: Listener): void => {
  useEffect(() => {
    listeners.add(listener)
    stream ??= follow({
      path: '/events',
      // What was loaded before the stream began may be older than its first event.
      onOpen: again => { if (!again) tell(undefined) },
      onEvent: ({ type, data }) => { tell(type === 'dropped' ? undefined : data as Event) }
    })
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0) return
      stream?.stop()
      stream = undefined
    }
  }, [])
}

/** Returns a function that calls `run` soon, and once for many calls; the first at once. */
export const calmly = (run: () => void, everyMs: number): () => void => {
  let [waiting, last] = [false, 0]
  return () => {
    if (waiting) return
    waiting = true
    setTimeout(() => {
      waiting = false
      last = performance.now()
      run()
    }, Math.max(0, last + everyMs - performance.now()))
  }
}
