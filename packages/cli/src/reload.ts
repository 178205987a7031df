import { WeirError } from '@weirlb/model'
import type { LeveledLog, Weir } from '@weirlb/core'
import type { AdminToken } from './admin-token.ts'
import { readConfigFile } from './config-file.ts'

/** The files that SIGHUP reloads. */
export interface ReloadOptions {
  readonly weir: Weir
  readonly configFile: string | undefined
  readonly token: AdminToken | undefined
  readonly log: LeveledLog
}

/**
 * Reads again what a running Weir was started with: the configuration file with the certificates that it names, and the token's file. Each that cannot be
 * read, or is refused, is logged and leaves what there is. Requests while one is being done are one more.
 */
export class Reloader {
  readonly #options: ReloadOptions
  #running: Promise<void> | undefined
  #again = false

  constructor (options: ReloadOptions) { this.#options = options }

  /** Reload now, or once more when it is done. Never rejects. */
  async reload (): Promise<void> {
    this.#again = true
    this.#running ??= this.#run()
    await this.#running
  }

  async #run (): Promise<void> {
    while (this.#again) {
      this.#again = false
      this.#reloadToken()
      await this.#reloadConfig()
    }
    this.#running = undefined
  }

  #reloadToken (): void {
    const { token, configFile, log } = this.#options
    if (token === undefined || !token.isFile) {
      if (configFile === undefined) log.info({}, 'nothing to reload: there is neither --config nor --token-file')
      return
    }
    try {
      log.info({ changed: token.reload() }, 'the token was reloaded')
    } catch (error) {
      log.error({ error: (error as Error).message }, 'the token was not reloaded: the present one stays')
    }
  }

  async #reloadConfig (): Promise<void> {
    const { weir, configFile, log } = this.#options
    if (configFile === undefined) return
    const { etag } = weir.config.get()
    try {
      const applied = await weir.config.replace(await readConfigFile(configFile))
      log.info({ file: configFile, changed: applied.etag !== etag, revision: (await weir.health()).revision }, 'the configuration was reloaded')
    } catch (error) {
      const issues = error instanceof WeirError && error.issues.length > 1 ? error.issues : undefined
      log.error({ file: configFile, error: (error as Error).message, issues }, 'the configuration was not reloaded: the running one stays')
    }
  }
}
