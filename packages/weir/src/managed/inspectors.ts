import { type Config, inspects, type ManagedCheck, managedChecksOf, protocolsOf, speaks } from '@weirlb/model'
import type { InspectorState } from '@weirlb/waf'
import type { InspectorStatus } from '../api/inspector-status.ts'
import { findAmongMany } from '../config/entities.ts'
import { inspectionMissing } from '../inspection.ts'

interface Known extends InspectorStatus { readonly pid: number }

/** The processes that inspect requests, one of each worker that has requests to inspect. */
export class Inspectors {
  readonly #known = new Map<number, Known>()

  /** In the order of the workers. */
  get all (): readonly InspectorStatus[] {
    return [...this.#known.values()].map(({ pid: _, ...status }) => status).sort((a, b) => a.worker - b.worker)
  }

  /** Returns whether the state is another one. `pid`: of the worker. */
  onState ({ value, reason }: InspectorState, worker: number, pid: number): boolean {
    if (value === 'off') return this.#known.delete(pid)
    const before = this.#known.get(pid)
    // A start is no news of one that has failed: only its success is.
    if (value === 'starting' && before !== undefined && before.state !== 'up') return false
    const at = new Date().toISOString()
    const ended = value === 'restarting'
    this.#known.set(pid, {
      pid,
      worker,
      state: value,
      reason,
      since: at,
      restarts: (before?.restarts ?? 0) + (ended ? 1 : 0),
      lastEnd: ended ? { at, reason: reason ?? '' } : before?.lastEnd
    })
    return true
  }

  /** Processes have no say any more. */
  forget (isGone: (each: { readonly worker: number, readonly pid: number }) => boolean): void {
    for (const [pid, each] of this.#known) if (isGone(each)) this.#known.delete(pid)
  }
}

/** The user vservers with HTTP requests that a managed check has inspected. */
export const inspectedAt = (check: ManagedCheck, config: Config): readonly string[] =>
  config.userVservers.filter(vserver =>
    managedChecksOf(config.managedChecks, vserver.name).includes(check) &&
    speaks(protocolsOf(vserver, name => findAmongMany(config, 'userProtocols', name)), 'http')
  ).map(({ name }) => name)

/** Why requests are not inspected: nowhere (`whole`), because something is not installed (`missing`). */
export interface Uninspected {
  readonly reason: string
  readonly whole: boolean
  readonly missing: boolean
}

/** Why requests are not inspected, or not in all workers. Undefined: they are, or none is to be. */
export const whyUninspected = (
  check: ManagedCheck,
  inspectors: readonly InspectorStatus[]
): Uninspected | undefined => {
  const missing = inspectionMissing(check)
  if (missing !== undefined) return { reason: missing, whole: true, missing: true }
  if (!inspects(check)) return undefined
  const failing = inspectors.filter(({ state }) => state === 'absent' || state === 'restarting')
  if (failing.length === 0) return undefined
  const { state, reason = '' } = failing[0]!
  const why = state === 'absent' ? reason : `the process that inspects has ended (${reason}) and is started again`
  return failing.length === inspectors.length
    ? { reason: why, whole: true, missing: false }
    : { reason: `in ${failing.length} of ${inspectors.length} workers: ${why}`, whole: false, missing: false }
}
