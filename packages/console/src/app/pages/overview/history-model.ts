import type { History, HistorySample } from '@weirlb/admin/client'
import { signal } from '@preact/signals'
import { call } from '../../api/api.ts'
import { follow, type Stream } from '../../api/live.ts'

/** Name of a figure. */
export type FigureName = keyof History['figures']
/** The figures of one time. */
export type SampleFigures = HistorySample['all']

/** The history of a user vserver, or of all together: the kept samples, and those that come. */
export class HistoryModel {
  /** Changes with each sample; who shows the arrays below reads it. */
  readonly version = signal(0)
  readonly error = signal<unknown>(undefined)
  /** The latest sample, of all user vservers. */
  readonly last = signal<HistorySample | undefined>(undefined)
  times: number[] = []
  figures: Record<FigureName, (number | null)[]> | undefined
  refusals: History['refusals'] = {}
  readonly #userVserver: string | undefined
  #most = 1800
  #stream: Stream | undefined
  #ended = false

  constructor (userVserver: string | undefined) { this.#userVserver = userVserver }

  /** Load what is kept, then follow. */
  async start (): Promise<void> {
    try {
      const { body } = await call('getHistory', { query: { userVserver: this.#userVserver } })
      if (this.#ended) return
      this.times = [...body.times]
      this.figures = Object.fromEntries(
        Object.entries(body.figures).map(([name, values]) => [name, [...values]])
      ) as Record<FigureName, (number | null)[]>
      this.refusals = body.refusals
      this.#most = Math.round(3600 / body.everySeconds)
      this.error.value = undefined
      this.version.value++
      this.#stream?.stop()
      this.#stream = follow({
        path: '/history',
        lastId: body.lastId,
        onEvent: ({ type, data }) => {
          if (type === 'sample') this.#add(data as HistorySample)
          // More were missed than the stream sends again, or the server is another one now.
          else if (type === 'dropped') void this.start()
        }
      })
    } catch (error) {
      this.error.value = error
    }
  }

  stop (): void {
    this.#ended = true
    this.#stream?.stop()
  }

  #add (sample: HistorySample): void {
    const figures = this.#userVserver === undefined
      ? sample.all
      : Object.hasOwn(sample.userVservers, this.#userVserver)
      ? sample.userVservers[this.#userVserver]!
      : undefined
    this.times.push(sample.time)
    for (const [name, values] of Object.entries(this.figures!) as [FigureName, (number | null)[]][])
      values.push(figures?.[name] ?? null)
    const over = this.times.length - this.#most
    if (over > 0) {
      this.times.splice(0, over)
      for (const values of Object.values(this.figures!)) values.splice(0, over)
    }
    if (figures !== undefined) this.refusals = figures.refusals
    this.last.value = sample
    this.version.value++
  }
}
