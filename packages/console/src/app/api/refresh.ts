import { useEffect } from 'preact/hooks'
import type { Query } from './query.ts'

/**
 * At least so long between two requests, and so many times as long as one takes: then they cost the server 1 % of a
 * core at most.
 */
const LEAST_MS = 2000
const TIMES = 100
const MOST_MS = 60_000

/** Ask again and again while a component is there and somebody looks: the less often, the longer an answer takes. */
export const useRefresh = (query: Query<unknown>): void => {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let ended = false
    const next = (tookMs: number): void => {
      if (!ended) timer = setTimeout(() => { void run() }, Math.min(MOST_MS, Math.max(LEAST_MS, TIMES * tookMs)))
    }
    const run = async (): Promise<void> => {
      if (document.hidden) return next(0)
      const before = performance.now()
      await query.reload()
      next(performance.now() - before)
    }
    next(0)
    return () => {
      ended = true
      clearTimeout(timer)
    }
  }, [query])
}
