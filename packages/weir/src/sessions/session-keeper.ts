import type { DataPlane } from '../data-plane.ts'
import type { Events } from '../events.ts'
import type { LeveledLog } from '../log.ts'
import type { SavedSession, Storage } from '../storage/storage.ts'

const saveEveryMs = 30_000

/** Carries persistence entries over a restart: reads them at the start, saves them at the stop and every 30 s when they changed. */
export class SessionKeeper {
  readonly #plane: DataPlane
  readonly #storage: Storage
  readonly #log: LeveledLog
  readonly #events: Events
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> = Promise.resolve()
  /** What was saved last, without the times that change by themselves. */
  #saved = ''

  constructor (plane: DataPlane, storage: Storage, log: LeveledLog, events: Events) {
    this.#plane = plane
    this.#storage = storage
    this.#log = log
    this.#events = events
  }

  /** Sessions are worth less than a start: what cannot be read is told, and forgotten. */
  async restore (): Promise<void> {
    try {
      const now = Date.now()
      this.#plane.restoreSessions((await this.#storage.loadSessions()).filter(session => session.expiresAt > now))
    } catch (error) {
      const reason = (error as Error).message
      this.#log.warn({ error: reason }, 'sessions were not restored')
      this.#events.emit('sessions-lost', { reason })
    }
  }

  start (): void {
    this.#timer = setInterval(() => { void this.#save() }, saveEveryMs)
    this.#timer.unref()
  }

  async stop (): Promise<void> {
    clearInterval(this.#timer)
    await this.#save()
  }

  async #save (): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      try {
        const sessions = this.#plane.saveSessions()
        const text = identity(sessions)
        if (text === this.#saved) return
        await this.#storage.saveSessions(sessions)
        this.#saved = text
      } catch (error) {
        const reason = (error as Error).message
        this.#log.warn({ error: reason }, 'sessions were not saved')
        this.#events.emit('sessions-not-saved', { reason })
      }
    })
    await this.#saving
  }
}

/** To the second. The expiry of a held entry moves with the clock and is saved each time: after a crash it must not be an old one. */
const identity = (sessions: readonly SavedSession[]): string =>
  JSON.stringify(sessions.map(({ lbVserver, key, service, expiresAt }) => [lbVserver, key, service, Math.round(expiresAt / 1000)]))
