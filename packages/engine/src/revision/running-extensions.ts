import { emptyRecord } from '@weirlb/model'
import type { EngineConfig, EngineExtension } from '../engine-config.ts'
import type { EngineOptions } from '../engine-api.ts'
import { ExtensionHost } from '../extension/extension-host.ts'
import { ExtensionVersions } from '../extension/extension-versions.ts'
import { mergeExtensionStats } from '../stats/merge.ts'
import type { EngineStats, ExtensionStats, VersionStats } from '../stats/stats.ts'
import type { TraceSpec } from '../trace/trace.ts'
import { Tracer } from '../trace/tracer.ts'
import type { ExtensionPlan, VersionPlan } from './prepare.ts'

/**
 * The extensions of the revision that runs, and the versions that were replaced:
 *
 *     planned ──commit──► serving ──commit──► retired, while it has connections ──► disposed, its counters kept
 */
export class RunningExtensions {
  readonly #options: EngineOptions
  readonly #versions = new Map<string, ExtensionVersions>()
  /** Versions that were replaced and serve the connections they have. */
  readonly #retired = new Set<ExtensionHost>()
  readonly #tracers = new Map<string, Tracer>()
  /** Counters of versions that are disposed, by extension. */
  readonly #past = new Map<string, ExtensionStats>()

  constructor (options: EngineOptions) { this.#options = options }

  /** The versions of each extension that new connections get. */
  get versions (): ReadonlyMap<string, ExtensionVersions> { return this.#versions }

  /** Every version that lives, those that serve new connections first. */
  hosts (): ExtensionHost[] {
    return [
      ...[...this.#versions.values()].flatMap(({ current, canary }) =>
        canary === undefined ? [current] : [current, canary]
      ),
      ...this.#retired
    ]
  }

  /** Serve new connections with the versions of these plans. */
  commit (extensions: EngineConfig['extensions'], plans: ReadonlyMap<string, ExtensionPlan>): void {
    const before = new Set(this.hosts())
    const present = new Map(this.#versions)
    this.#versions.clear()
    for (const extension of extensions) {
      const { current, canary } = plans.get(extension.name)!
      const host = this.#hostOf(extension, current)
      const versions = present.get(extension.name) ?? new ExtensionVersions(host)
      versions.current = host
      versions.tryOut(canary && this.#hostOf(extension, canary), extension.canary?.percent ?? 0)
      this.#versions.set(extension.name, versions)
    }
    const serving = new Set(this.hosts())
    for (const host of before) if (!serving.has(host)) this.#retired.add(host)
    this.#forgetPast()
  }

  /** A later extension of the same name is another, and a version that is gone is not counted any more. */
  #forgetPast (): void {
    for (const [name, past] of this.#past) {
      const versions = this.#versions.get(name)
      if (versions === undefined) this.#past.delete(name)
      else for (const version of Object.keys(past.versions))
          if (![versions.current, versions.canary].some(host => String(host?.version) === version))
            delete past.versions[version]
    }
  }

  #hostOf (extension: EngineExtension, { version, host, guest }: VersionPlan): ExtensionHost {
    if (host !== undefined) {
      host.configure(extension, version)
      return host
    }
    const { runtime, log, events, transport } = this.#options
    const made: ExtensionHost = new ExtensionHost(extension, version, guest!, runtime, log, (state, message) => {
      if (this.#versions.get(extension.name)?.serves(made) === true)
        events.onExtensionState(extension.name, state, message, version.version)
    }, setImmediate, transport.soon ?? setImmediate)
    made.showTo(this.#tracers.get(extension.name))
    return made
  }

  /** End the retired versions that have no connection. */
  finishUnused (): void {
    for (const host of [...this.#retired]) this.onConnectionGone(host)
  }

  /** A version has one connection less. */
  onConnectionGone (host: ExtensionHost): void {
    if (host.account.counts.connections > 0 || !this.#retired.has(host)) return
    host.finishUp(() => { if (this.#retired.delete(host)) this.#dispose(host) })
  }

  #dispose (host: ExtensionHost): void {
    host.dispose()
    // A later extension of this name would be another.
    if (!this.#versions.has(host.name)) return
    const past = this.#past.get(host.name)
    this.#past.set(
      host.name,
      mergeExtensionStats(past === undefined ? [host.account.stats] : [past, host.account.stats])
    )
  }

  /** Report the calls of an extension, in all its versions, those to come too; undefined: no more. */
  trace (extension: string, spec: TraceSpec | undefined): void {
    if (spec === undefined) this.#tracers.delete(extension)
    else this.#tracers.set(
        extension,
        new Tracer(spec, (records, dropped) => this.#options.events.onTraced(extension, records, dropped))
      )
    for (const host of this.hosts()) if (host.name === extension) host.showTo(this.#tracers.get(extension))
  }

  /** Counters by extension, over all its versions, those included that are disposed. */
  stats (): EngineStats['extensions'] {
    const stats: EngineStats['extensions'] = emptyRecord()
    const seen = new Map<string, VersionStats>()
    for (const [name, past] of this.#past) stats[name] = mergeExtensionStats([past])
    for (const host of this.hosts()) {
      host.refreshUsage()
      const before = stats[host.name]
      const merged = mergeExtensionStats(before === undefined ? [host.account.stats] : [before, host.account.stats])
      stats[host.name] = merged
      // A version that a rollback restored may have several hosts. The one that serves comes first, and its status
      // counts in this process.
      const version = `${host.name} ${host.version}`
      const { up, down } = seen.get(version) ?? host.account.counts
      Object.assign(merged.versions[host.version]!, { up, down })
      if (!seen.has(version)) seen.set(version, host.account.counts)
    }
    return stats
  }

  /** Dispose every version; their counters are read once more. */
  dispose (): void {
    for (const host of this.hosts()) this.#dispose(host)
    this.#versions.clear()
    this.#retired.clear()
  }
}
