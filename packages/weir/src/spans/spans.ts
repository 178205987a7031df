import type { Log } from '@weirlb/engine'
import type { ConnectionSpans } from './connection-spans.ts'
import type { SampledConnection } from './sampled.ts'

/** The spans of a Weir whose connections are sampled. Without one, OpenTelemetry's API is not even loaded. */
export class Spans {
  readonly #log: Log
  #spans: ConnectionSpans | undefined

  constructor (log: Log) { this.#log = log }

  async start (): Promise<void> {
    const { ConnectionSpans } = await import('./connection-spans.ts')
    this.#spans = new ConnectionSpans()
    if (!this.#spans.registered) this.#log.warn({}, 'no OpenTelemetry SDK is registered yet, so nobody gets the spans: load one with node --import, or register it before start()')
  }

  onSampled (connections: readonly SampledConnection[], dropped: number): void {
    for (const connection of connections) {
      try {
        this.#spans?.add(connection)
      } catch (error) {
        this.#log.error({ error: (error as Error).message }, 'the OpenTelemetry SDK threw')
      }
    }
    if (dropped > 0)
      this.#log.warn({ dropped }, 'spans of connections were dropped: there were too many; sample a smaller share')
  }

  async stop (): Promise<void> { await this.#spans?.flush() }
}
