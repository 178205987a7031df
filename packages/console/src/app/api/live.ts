import { computed, signal, type ReadonlySignal } from '@preact/signals'
import { apiUrl } from './address.ts'
import { EventParser, type ServerEvent } from './event-parser.ts'
import { askForToken, token } from './sign-in.ts'

/** How a stream is: `paused` while nobody looks at the tab. */
export type StreamState = 'connecting' | 'live' | 'broken' | 'paused'

/** A stream of the API to follow. */
export interface StreamSpec {
  /** Below `/v1`, with its query: `/events?type=service-down`. */
  readonly path: string
  /** Id of the last event that is known already. */
  readonly lastId?: string | undefined
  onEvent (event: ServerEvent): void
  /** It is there, or there again. `dropped` among the events counts those that the server no longer has. */
  onOpen? (again: boolean): void
}

/** A stream that is followed. */
export interface Stream {
  readonly state: ReadonlySignal<StreamState>
  /** Why it is broken. */
  readonly reason: ReadonlySignal<string | undefined>
  stop (): void
}

/** The server sends something every 15 s; a connection that is silent for longer is gone, though nothing said so. */
const SILENT_MS = 40_000
const RETRY_MS = [500, 1000, 2000, 5000] as const

const streams = signal<readonly Stream[]>([])

/** The worst of all streams of the page. Undefined: there are none. */
export const liveState = computed((): StreamState | undefined => {
  const states = streams.value.map(({ state }) => state.value)
  return (['broken', 'connecting', 'paused', 'live'] as const).find(state => states.includes(state))
})

/** Why a stream is broken, if one is. */
export const brokenReason = computed(() =>
  streams.value.map(({ reason }) => reason.value).find(reason => reason !== undefined)
)

/**
 * Follow a stream until it is stopped: over cuts, restarts of the server and tokens that expire, from the last event
 * on. A tab that nobody looks at lets its connection go, because a browser has six for all tabs; it resumes without a
 * gap.
 */
export const follow = (spec: StreamSpec): Stream => {
  const state = signal<StreamState>('connecting')
  const reason = signal<string | undefined>(undefined)
  const end = new AbortController()
  const stream: Stream = {
    state,
    reason,
    stop () {
      end.abort()
      streams.value = streams.value.filter(other => other !== stream)
    }
  }
  streams.value = [...streams.value, stream]
  void run(spec, state, reason, end.signal)
  return stream
}

const run = async (
  spec: StreamSpec,
  state: { value: StreamState },
  reason: { value: string | undefined },
  end: AbortSignal
): Promise<void> => {
  const parser = new EventParser()
  parser.lastId = spec.lastId
  let [failures, opened] = [0, false]
  while (!end.aborted) {
    if (document.hidden) {
      state.value = 'paused'
      await untilVisible(end)
      continue
    }
    if (failures === 0) state.value = 'connecting'
    const used = token.value
    try {
      await read(spec, used, parser, end, () => {
        failures = 0
        state.value = 'live'
        reason.value = undefined
        spec.onOpen?.(opened)
        opened = true
      })
    } catch (error) {
      if (end.aborted) return
      if (error instanceof Refused && error.status === 401) {
        await askForToken(error.message, used)
        continue
      }
      reason.value = error instanceof Refused ? error.message : 'the connection to Weir was lost'
    }
    if (end.aborted || document.hidden) continue
    state.value = 'broken'
    reason.value ??= 'Weir has ended the stream'
    await pause(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]!, end)
  }
}

/** A stream that the API does not give. */
class Refused extends Error {
  readonly status: number
  constructor (status: number, message: string) {
    super(message)
    this.status = status
  }
}

const read = async (
  { path, onEvent }: StreamSpec,
  bearer: string | undefined,
  parser: EventParser,
  end: AbortSignal,
  onOpen: () => void
): Promise<void> => {
  const cut = new AbortController()
  const stop = (): void => { cut.abort() }
  const onHidden = (): void => { if (document.hidden) stop() }
  let silence = setTimeout(stop, SILENT_MS)
  end.addEventListener('abort', stop)
  document.addEventListener('visibilitychange', onHidden)
  try {
    const response = await fetch(`${apiUrl}v1${path}`, {
      cache: 'no-store',
      signal: cut.signal,
      headers: {
        accept: 'text/event-stream',
        ...bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
        ...parser.lastId === undefined ? {} : { 'last-event-id': parser.lastId }
      }
    })
    if (!response.ok) throw new Refused(response.status, await problemOf(response))
    parser.restart()
    onOpen()
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(silence)
      silence = setTimeout(stop, SILENT_MS)
      for (const event of parser.push(value)) onEvent(event)
    }
  } finally {
    clearTimeout(silence)
    end.removeEventListener('abort', stop)
    document.removeEventListener('visibilitychange', onHidden)
  }
}

const problemOf = async (response: Response): Promise<string> => {
  const problem = await response.json().catch(() => undefined) as { readonly detail?: string } | undefined
  return problem?.detail ?? `the server answered with ${response.status}`
}

const pause = async (ms: number, end: AbortSignal): Promise<void> => {
  await new Promise<void>(resolve => {
    const timer = setTimeout(done, ms)
    function done (): void {
      clearTimeout(timer)
      end.removeEventListener('abort', done)
      resolve()
    }
    end.addEventListener('abort', done)
  })
}

const untilVisible = async (end: AbortSignal): Promise<void> => {
  await new Promise<void>(resolve => {
    const done = (): void => {
      if (document.hidden && !end.aborted) return
      document.removeEventListener('visibilitychange', done)
      end.removeEventListener('abort', done)
      resolve()
    }
    document.addEventListener('visibilitychange', done)
    end.addEventListener('abort', done)
  })
}
