import { ask } from '../extension/rest.ts'

/** A trace is asked for again in time, and ends by itself soon after this program is killed. */
const SECONDS = 60
const RENEW_MS = 20_000

/** The trace of an extension while somebody follows it. One that was on before stays as it is. */
export class TailTrace {
  readonly path: string
  readonly #api: string
  readonly #name: string
  readonly #filter: { readonly client?: string, readonly session?: string }
  #timer: NodeJS.Timeout | undefined

  constructor (
    api: string,
    name: string,
    { client, session }: { readonly client?: string | undefined, readonly session?: string | undefined }
  ) {
    this.path = `/extensions/${encodeURIComponent(name)}/trace`
    this.#api = api
    this.#name = name
    this.#filter = { ...client === undefined ? {} : { client }, ...session === undefined ? {} : { session } }
  }

  /** Begin it, unless it is on; again after a restart of the server. */
  async begin (): Promise<void> {
    const { level } = (await ask(this.#api, 'getTrace', { path: { name: this.#name } })).body
    if (level !== 'off' && this.#timer === undefined) {
      process.stderr.write(
        `weir: the trace of '${this.#name}' is on already, with level '${level}' and its own filter\n`
      )
      return
    }
    await this.#set('verdicts')
    this.#timer ??= setInterval(() => {
      this.#set('verdicts').catch(() => {/* the stream tells */})
    }, RENEW_MS).unref()
  }

  async end (): Promise<void> {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    await this.#set('off').catch(() => { /* it ends by itself */ })
  }

  async #set (level: 'verdicts' | 'off'): Promise<void> {
    await ask(this.#api, 'setTrace', {
      path: { name: this.#name },
      body: { level, filter: this.#filter, seconds: SECONDS }
    })
  }
}
