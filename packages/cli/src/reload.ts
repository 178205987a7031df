import { configChanges, type AuditTrail } from '@weirlb/admin'
import { WeirError } from '@weirlb/model'
import { followingChanges, type AppliedChange, type LeveledLog, type Weir } from '@weirlb/core'
import type { AdminTls } from './admin/admin-tls.ts'
import type { AdminToken } from './admin/admin-token.ts'
import type { ConfigFile } from './config-file.ts'
import { faultText } from './document/document-fault.ts'

/** The files that SIGHUP, or a change of them, reloads. */
export interface ReloadOptions {
  readonly weir: Weir
  readonly configFile: ConfigFile | undefined
  readonly token: AdminToken | undefined
  readonly tls: AdminTls | undefined
  readonly audit: AuditTrail
  readonly log: LeveledLog
}

/** Whoever sends the signal may do so. */
const byReload = { who: 'reload', from: 'process' } as const

/** Record what a configuration file has changed. */
export const recordReplacements = async (
  audit: AuditTrail,
  who: 'reload' | 'start',
  made: readonly AppliedChange[]
): Promise<void> => {
  for (const { revision, before, after } of made) {
    const { changes, more } = configChanges(before, after)
    await audit.record({
      who,
      from: 'process',
      action: 'replace',
      code: 'ok',
      revision,
      changes: [...changes],
      ...more === 0 ? {} : { more }
    })
  }
}

/**
 * Reads again what a running Weir was started with: the configuration file with the certificates that it names, the
 * token's file, and the API's certificates. Each that cannot be read, or is refused, is logged and leaves what there
 * is. Requests while one is being done are one more.
 */
export class Reloader {
  readonly #options: ReloadOptions
  #running: Promise<void> | undefined
  #again = false

  constructor (options: ReloadOptions) { this.#options = options }

  /** Reload now, or once more when it is done. Never rejects. */
  async reload (): Promise<void> {
    if (
      this.#options.configFile === undefined && this.#options.token?.isFile !== true && this.#options.tls === undefined
    ) this.#options.log.info({}, 'nothing to reload: there is neither --config nor --token-file')
    this.#again = true
    this.#running ??= this.#run()
    await this.#running
  }

  async #run (): Promise<void> {
    while (this.#again) {
      this.#again = false
      await this.#options.tls?.reload()
      await this.#reloadToken()
      await this.#reloadConfig()
    }
    this.#running = undefined
  }

  async #reloadToken (): Promise<void> {
    const { token, audit, log } = this.#options
    if (token === undefined || !token.isFile) return
    try {
      const changed = token.reload()
      log.info({ changed }, 'the token was reloaded')
      if (changed) await audit.record({ ...byReload, action: 'reload-token', code: 'ok' })
    } catch (error) {
      log.error({ error: (error as Error).message }, 'the token was not reloaded: the present one stays')
    }
  }

  async #reloadConfig (): Promise<void> {
    const { weir, audit, configFile, log } = this.#options
    if (configFile === undefined) return
    const { etag } = weir.config.get()
    const made: AppliedChange[] = []
    try {
      const document = await configFile.read()
      const applied = await configFile.apply(weir, document, async () =>
        await followingChanges(change => {
          made.push(change)
        }, async () => await weir.config.replace(document.config)))
      log.info(
        { file: configFile.path, changed: applied.etag !== etag, revision: (await weir.health()).revision },
        'the configuration was reloaded'
      )
      await recordReplacements(audit, byReload.who, made)
    } catch (error) {
      const issues = error instanceof WeirError && error.issues.length > 1 ? error.issues.map(faultText) : undefined
      log.error(
        { file: configFile.path, error: (error as Error).message, issues },
        'the configuration was not reloaded: the running one stays'
      )
      await audit.record({ ...byReload, action: 'replace', code: (error as Partial<WeirError>).code ?? 'internal' })
    }
  }
}
