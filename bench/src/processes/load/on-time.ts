import { Worker } from 'node:worker_threads'
import { Pace } from './pace.ts'

/**
 * How late a message may be sent by the clock alone. Latency is counted from when it was due, so this is part of every
 * path's.
 */
const TICK_MS = 0.25

/** Call `send` for each moment of a schedule, with the moment; answers what ends it. */
export const onTime = (perSecond: number, send: (due: number) => void): (() => Promise<void>) => {
  const ticker = new Worker(new URL('./ticker.ts', import.meta.url), { workerData: TICK_MS })
  const pace = new Pace(performance.now(), perSecond)
  ticker.on('message', () => {
    const now = performance.now()
    for (let due = pace.take(now); due !== undefined; due = pace.take(now)) send(due)
  })
  return async () => { await ticker.terminate() }
}
