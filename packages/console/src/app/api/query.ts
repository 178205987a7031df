import { useSignal, type Signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'

/** Something that a page shows of the API. */
export interface Query<T> {
  /** Undefined: it has not come yet. It stays while it is asked for again. */
  readonly value: Signal<T | undefined>
  /** Why the last request failed. */
  readonly error: Signal<unknown>
  /** Ask again. Requests that come while one is under way become one. Resolves at the end of it; never rejects. */
  readonly reload: () => Promise<void>
}

/** Ask the API for something while a component is there; again, and from nothing, when `key` changes. */
export const useQuery = <T>(load: () => Promise<T>, key = ''): Query<T> => {
  const value = useSignal<T | undefined>(undefined)
  const error = useSignal<unknown>(undefined)
  const query = useMemo(() => {
    let [again, ended] = [false, false]
    let running: Promise<void> | undefined
    const ask = async (): Promise<void> => {
      do {
        again = false
        try {
          const got = await load()
          if (ended) return
          value.value = got
          error.value = undefined
        } catch (failed) {
          if (ended) return
          error.value = failed
        }
      } while (again)
    }
    const reload = (): Promise<void> => {
      if (running !== undefined) again = true
      return running ??= ask().finally(() => { running = undefined })
    }
    return { value, error, reload, end: () => { ended = true } }
  }, [key])
  useEffect(() => {
    value.value = undefined
    error.value = undefined
    void query.reload()
    return query.end
  }, [query])
  return query
}
