/** An answer that is not 2xx. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string

  constructor (request: string, status: number, problem: { code?: string, detail?: string }) {
    super(`${request}: ${status} ${problem.detail ?? ''}`)
    this.status = status
    this.code = problem.code ?? ''
  }
}

/** Where an entity stands, as GET shows it. */
interface Shown { readonly status: { readonly value: string, readonly reason?: string, readonly listening?: { readonly address: string, readonly port: number } } }

/** Weir's REST API through fetch. */
export class Api {
  readonly base: string

  constructor (base: string) { this.base = base }

  /** Any request under /v1; answers the JSON body. */
  async call<T> (method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.base}/v1/${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    })
    const text = await response.text()
    const answer: unknown = text === '' ? undefined : JSON.parse(text)
    if (!response.ok) throw new ApiError(`${method} /v1/${path}`, response.status, answer as { code?: string, detail?: string })
    return answer as T
  }

  async get<T> (path: string): Promise<T> { return await this.call<T>('GET', path) }
  async post<T> (path: string, body: unknown): Promise<T> { return await this.call<T>('POST', path, body) }

  /** `up`, `down`, …: the status of an entity, as in `services/mqtt-1`. */
  async status (path: string): Promise<string> { return (await this.get<Shown>(path)).status.value }

  /** The port that a user vserver listens on. */
  async port (userVserver: string): Promise<number> {
    const { listening, value, reason } = (await this.get<Shown>(`user-vservers/${userVserver}`)).status
    if (listening === undefined) throw new Error(`user vserver ${userVserver} is ${value}: ${reason ?? 'not listening'}`)
    return listening.port
  }
}
