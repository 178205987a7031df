import type { Outcome } from '../order.ts'
import { Histogram } from './histogram.ts'
import { pause } from './pause.ts'

/** Counts what is done in the measured part of a run. */
export class Meter {
  readonly latencies = new Histogram()
  done = 0
  moved = 0
  resumed = 0
  counting = false
  stopping = false

  add (latency: number): void {
    if (!this.counting) return
    this.done++
    this.latencies.add(latency)
  }

  /** Warm up, count for the ordered time, stop. Answers how many seconds it was in fact. */
  async run (
    { warmUpSeconds, seconds }: { readonly warmUpSeconds: number, readonly seconds: number }
  ): Promise<number> {
    await pause(warmUpSeconds * 1000)
    process.send!({ started: true })
    this.counting = true
    const from = performance.now()
    await pause(seconds * 1000)
    this.counting = false
    this.stopping = true
    return (performance.now() - from) / 1000
  }

  outcome (seconds: number): Outcome {
    return {
      done: this.done,
      seconds,
      p50: this.latencies.quantile(0.5),
      p99: this.latencies.quantile(0.99),
      p999: this.latencies.quantile(0.999),
      moved: this.moved,
      resumed: this.resumed
    }
  }
}
