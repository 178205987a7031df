import { signal } from '@preact/signals'
import type { TraceRecord, TraceStatus } from '@weirlb/admin/client'
import { follow, type Stream } from '../../api/live.ts'

/** A record, with a number of its own. */
export interface TraceLine { readonly id: number, readonly record: TraceRecord }

/** Records that are kept: the page stays as small after an hour as after a minute. */
const KEPT = 1000
const DRAW_MS = 200

/** The records of an extension's trace as they come, newest first. */
export class TraceLog {
  readonly lines = signal<readonly TraceLine[]>([])
  readonly status = signal<TraceStatus | undefined>(undefined)
  /** Records that came too fast for the server or the page. */
  readonly missed = signal(0)
  /** How often the stream was cut: what was called meanwhile, the server does not keep. */
  readonly cuts = signal(0)
  readonly #stream: Stream
  #fresh: TraceLine[] = []
  #last = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor (name: string) {
    this.#stream = follow({
      path: `/extensions/${encodeURIComponent(name)}/trace`,
      onOpen: again => { if (again && this.status.value?.level !== 'off') this.cuts.value++ },
      onEvent: ({ type, data }) => {
        if (type === 'status') this.status.value = data as TraceStatus
        else if (type === 'dropped') this.missed.value += (data as { readonly count: number }).count
        else if (type === 'record') this.#add(data as TraceRecord)
      }
    })
  }

  clear (): void {
    this.#fresh = []
    this.lines.value = []
    this.missed.value = 0
    this.cuts.value = 0
  }

  stop (): void {
    this.#stream.stop()
    clearTimeout(this.#timer)
  }

  #add (record: TraceRecord): void {
    this.#fresh.push({ id: ++this.#last, record })
    if (this.#fresh.length > KEPT) this.missed.value += this.#fresh.splice(0, this.#fresh.length - KEPT).length
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const fresh = this.#fresh.reverse()
      this.#fresh = []
      this.lines.value = [...fresh, ...this.lines.value].slice(0, KEPT)
    }, DRAW_MS)
  }
}
