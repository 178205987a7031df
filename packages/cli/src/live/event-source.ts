import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, type Problem } from '@weirlb/admin/client'
import { WeirError } from '@weirlb/model'
import { inWords, reach } from '../extension/rest.ts'

/** How soon to try again when a stream was cut off. */
const RETRY_MS = 1000

/** One server-sent event. */
export interface StreamEvent { readonly type: string, readonly data: Readonly<Record<string, unknown>> }

/** A stream to follow. */
export interface StreamOptions {
  readonly api: string
  /** Below `/v1`, with its query. */
  readonly path: string
  readonly signal: AbortSignal
  onEvent (event: StreamEvent): void
  /** Called before each attempt; `again`: it was there before. */
  prepare? (again: boolean): Promise<void>
  /** It was cut off, and is tried again. */
  onLost (): void
  /** It is there again. */
  onBack (): void
}

/**
 * Follow server-sent events until `signal`, over cuts and restarts of the server: the id of the last event goes with
 * each attempt. Rejects if nobody answers the first time, and when the server refuses.
 */
export const follow = async (options: StreamOptions): Promise<void> => {
  const { signal, onLost, onBack, prepare } = options
  const place = { lastId: undefined as string | undefined }
  for (let again = false; !signal.aborted; again = true) {
    try {
      await prepare?.(again)
      await read(options, place, () => { if (again) onBack() })
    } catch (error) {
      if (signal.aborted) return
      // A server that starts is away, or has no workers yet.
      if (!again || isRefusal(error)) throw inWords(options.api, error)
    }
    if (signal.aborted) return
    onLost()
    await sleep(RETRY_MS, undefined, { signal }).catch(() => {})
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof ApiError ? error.status < 500 : error instanceof WeirError && error.code !== 'worker-unavailable'

const read = async (
  { api, path, signal, onEvent }: StreamOptions,
  place: { lastId: string | undefined },
  onOpen: () => void
): Promise<void> => {
  const token = process.env['WEIR_ADMIN_TOKEN']
  const { url, fetch: send } = reach(api)
  const response = await send(`${url.replace(/\/$/, '')}/v1${path}`, {
    headers: {
      accept: 'text/event-stream',
      ...token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...place.lastId === undefined ? {} : { 'last-event-id': place.lastId }
    },
    signal
  })
  if (!response.ok)
    throw new ApiError(
      `GET /v1${path}`,
      response.status,
      await response.json().catch(() => undefined) as Problem | undefined
    )
  onOpen()
  const decoder = new TextDecoder()
  let text = ''
  // A server that is killed cuts its streams; that is no error here.
  try {
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) take(block, place, onEvent)
    }
  } catch (error) {
    if (error instanceof StreamFault) throw error.cause
  }
}

/** What a reader of events threw: no fault of the stream. */
class StreamFault extends Error {}

const take = (block: string, place: { lastId: string | undefined }, onEvent: StreamOptions['onEvent']): void => {
  const fields = new Map(block.split('\n').flatMap(line => {
    const end = line.indexOf(': ')
    return end <= 0 ? [] : [[line.slice(0, end), line.slice(end + 2)] as const]
  }))
  const [type, data] = [fields.get('event'), fields.get('data')]
  place.lastId = fields.get('id') ?? place.lastId
  if (type === undefined || data === undefined) return
  try {
    onEvent({ type, data: JSON.parse(data) as StreamEvent['data'] })
  } catch (error) {
    throw new StreamFault('', { cause: error })
  }
}
