import { notifyService, type LeveledLog } from '@weirlb/core'

/** Tells systemd how this process is, where it was started as a service of `Type=notify`. */
export class ServiceManager {
  readonly #socket: string | undefined
  readonly #log: LeveledLog

  /** The variable is removed from the environment: no child reports for this process. */
  constructor (environment: Record<string, string | undefined>, log: LeveledLog) {
    this.#socket = environment['NOTIFY_SOCKET']
    delete environment['NOTIFY_SOCKET']
    this.#log = log
  }

  /** The variable for a successor. */
  get environment (): Record<string, string> {
    return this.#socket === undefined ? {} : { NOTIFY_SOCKET: this.#socket }
  }

  /** State as in sd_notify(3): `READY=1`. */
  async tell (state: string): Promise<void> {
    if (this.#socket === undefined) return
    const failure = await notifyService(this.#socket, state)
    if (failure !== undefined) this.#log.warn({ state, reason: failure }, 'the service manager could not be told')
  }
}
