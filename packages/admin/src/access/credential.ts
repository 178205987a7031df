/** A secret of a named token, while it is valid. What it has let in is told when it ends. */
export class Credential {
  readonly id: string
  readonly tokenName: string
  readonly digest: Buffer
  /** Milliseconds since 1970; undefined: never. */
  expiresMs: number | undefined
  #ended = false
  readonly #watchers = new Set<() => void>()

  constructor (id: string, tokenName: string, digest: Buffer, expiresMs: number | undefined) {
    this.id = id
    this.tokenName = tokenName
    this.digest = digest
    this.expiresMs = expiresMs
  }

  get ended (): boolean { return this.#ended }

  isExpired (nowMs: number): boolean { return this.expiresMs !== undefined && this.expiresMs <= nowMs }

  /** Call the function when it ends, or at once if it has; the function returned forgets it. */
  onEnd (ended: () => void): () => void {
    if (this.#ended) {
      ended()
      return () => {}
    }
    // A set of functions would take the same one once.
    const watcher = (): void => { ended() }
    this.#watchers.add(watcher)
    return () => { this.#watchers.delete(watcher) }
  }

  /** It was revoked, replaced, or has expired. */
  end (): void {
    if (this.#ended) return
    this.#ended = true
    for (const watcher of this.#watchers) watcher()
    this.#watchers.clear()
  }
}
