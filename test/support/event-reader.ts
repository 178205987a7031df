import { until } from '@weirlb/testing'

/** One server-sent event. */
// eslint-disable-next-line typescript/no-explicit-any
export interface Received { readonly event: string, readonly id?: string | undefined, readonly data: any }

/** Reads a stream of server-sent events over HTTP and keeps what came. */
export class EventReader {
  readonly events: Received[] = []
  /** The server has ended the stream. */
  ended = false
  readonly #abort: AbortController

  private constructor (abort: AbortController) { this.#abort = abort }

  /** Resolves when the server says that it is connected. Throws for an answer that is not a stream. */
  static async open (url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
    const abort = new AbortController()
    const response = await fetch(url, { headers, signal: abort.signal })
    const type = response.headers.get('content-type')
    if (response.status !== 200 || type !== 'text/event-stream')
      throw new Error(`GET ${url}: ${response.status} ${type} ${await response.text()}`)
    const reader = new EventReader(abort)
    let connected = false
    void reader.#read(response.body!, () => { connected = true })
    await until(() => connected, 'the stream to begin')
    return reader
  }

  of (event: string): Received['data'][] {
    return this.events.filter(e => e.event === event).map(e => e.data as unknown)
  }

  close (): void { this.#abort.abort() }

  async #read (body: ReadableStream<Uint8Array>, onConnected: () => void): Promise<void> {
    let text = ''
    const decoder = new TextDecoder()
    try {
      for await (const chunk of body) {
        text += decoder.decode(chunk, { stream: true })
        const blocks = text.split('\n\n')
        text = blocks.pop()!
        for (const block of blocks) {
          const event = /^event: (.*)$/m.exec(block)?.[1]
          if (event !== undefined)
            this.events.push({
              event,
              id: /^id: (.*)$/m.exec(block)?.[1],
              data: JSON.parse(/^data: (.*)$/m.exec(block)![1]!)
            })
        }
        onConnected()
      }
      this.ended = true
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error
    }
  }
}
