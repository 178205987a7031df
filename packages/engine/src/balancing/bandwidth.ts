import type { ServiceRuntime } from './service.ts'

const EVERY_MS = 250
/** Part of the newest measure in the average: half of a change is there after some 1.2 s. */
const NEWEST = 0.13

/** Measures the bytes per second of services, for methods that ask for them. */
export class BandwidthMeasure {
  #services: ReadonlyMap<ServiceRuntime, { bytes: number, average: number }> = new Map()
  #timer: NodeJS.Timeout | undefined
  #last = 0

  /** Measure these from now on, and no others. */
  watch (services: Iterable<ServiceRuntime>): void {
    const before = this.#services
    this.#services = new Map(
      [...services].map(service => [service, before.get(service) ?? { bytes: bytesOf(service), average: 0 }])
    )
    if (this.#services.size === 0) this.stop()
    else if (this.#timer === undefined) {
      this.#last = performance.now()
      this.#timer = setInterval(() => { this.#measure() }, EVERY_MS)
      this.#timer.unref()
    }
  }

  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #measure (): void {
    const now = performance.now()
    const seconds = (now - this.#last) / 1000
    this.#last = now
    let bandwidth = 0
    let clients = 0
    for (const [service, measured] of this.#services) {
      const bytes = bytesOf(service)
      measured.average += NEWEST * ((bytes - measured.bytes) / seconds - measured.average)
      measured.bytes = bytes
      bandwidth += measured.average
      clients += service.load
    }
    const each = clients === 0 ? 0 : bandwidth / clients
    for (const [service, { average }] of this.#services) service.measure(average, each)
  }
}

const bytesOf = ({ bytes }: ServiceRuntime): number => bytes.read + bytes.written
