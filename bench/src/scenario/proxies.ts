import type { Certificate, Path, Running, Servers, Setting } from '../paths/path.ts'

/**
 * Starts the proxies of a run: fresh ones for each scenario, or, to save time, one for all that want the same setting.
 */
export class Proxies {
  readonly #servers: Servers
  readonly #certificate: Certificate
  readonly #shared: Map<string, Promise<Running>> | undefined

  constructor (servers: Servers, certificate: Certificate, { shared }: { readonly shared: boolean }) {
    this.#servers = servers
    this.#certificate = certificate
    this.#shared = shared ? new Map() : undefined
  }

  /** One that no other scenario uses. Whoever asked for it stops it. */
  async fresh (path: Path, setting: Setting): Promise<Running> {
    return await path.start(setting, this.#servers, this.#certificate)
  }

  /** One that may have run before. It is given back with `done`. */
  async take (path: Path, setting: Setting): Promise<Running> {
    if (this.#shared === undefined) return await this.fresh(path, setting)
    const key = JSON.stringify([path.name, setting])
    const running = this.#shared.get(key) ?? this.fresh(path, setting)
    this.#shared.set(key, running)
    return await running
  }

  async done (running: Running): Promise<void> {
    if (this.#shared === undefined) await running.stop()
  }

  /** One that broke is of no use to anybody else. */
  async discard (broken: Running): Promise<void> {
    for (const [key, running] of this.#shared ?? []) if (await running === broken) this.#shared!.delete(key)
    await broken.stop()
  }

  async stop (): Promise<void> {
    const all = await Promise.allSettled(this.#shared?.values() ?? [])
    await Promise.all(all.map(async each => { if (each.status === 'fulfilled') await each.value.stop() }))
  }
}
