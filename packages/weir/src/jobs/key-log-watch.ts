import { stat } from 'node:fs/promises'
import { MAX_KEY_LOG_BYTES, type Config } from '@weirlb/model'
import type { Log } from '@weirlb/engine'

const lookEveryMs = 60_000

/** Warns of key logs as long as there are some, and reports those that are full: workers write nothing more to them. */
export class KeyLogWatch {
  readonly #log: Log
  #files: readonly string[] = []
  #full = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  constructor (log: Log) { this.#log = log }

  /** This configuration runs from now on. */
  committed ({ userVservers }: Config): void {
    const logging = userVservers.filter(({ tls }) => tls.keyLogFile !== undefined)
    for (const { name, tls: { keyLogFile } } of logging) {
      this.#log.warn({ userVserver: name, keyLogFile }, 'THE SECRETS OF TLS SESSIONS ARE WRITTEN TO A FILE: whoever reads it can read the traffic; unset keyLogFile when it is not needed any more')
    }
    this.#files = [...new Set(logging.map(({ tls }) => tls.keyLogFile!))]
    if (this.#files.length === 0) this.stop()
    else this.#timer ??= setInterval(() => { void this.look() }, lookEveryMs).unref()
  }

  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Look now. Never rejects. */
  async look (): Promise<void> {
    const full = new Set<string>()
    for (const keyLogFile of this.#files) {
      const size = await stat(keyLogFile).then(found => found.size, () => 0)
      if (size < MAX_KEY_LOG_BYTES) continue
      full.add(keyLogFile)
      if (!this.#full.has(keyLogFile)) this.#log.warn({ keyLogFile, size }, 'a file with secrets of TLS sessions has its maximum size: nothing more is written to it, until it is emptied or removed')
    }
    this.#full = full
  }
}
