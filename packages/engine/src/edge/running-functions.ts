import { emptyRecord, type Trigger, type UserVserver, WeirError } from '@weirlb/model'
import type { FunctionDeclaration, FunctionRuntime, Guest } from '@weirlb/sdk/abi'
import type { EngineConfig, EngineFunction } from '../engine-config.ts'
import { runtimeError } from '../extension/load-guest.ts'
import { emptyEdgeFunctionStats, emptyTriggerStats } from '../stats/empty.ts'
import type { EdgeFunctionStats, EngineStats, TriggerStats } from '../stats/stats.ts'
import type { Decisions } from '../decisions/decisions.ts'
import { EdgePlace, type TriggerTarget } from './edge-place.ts'
import { FunctionDecisions } from './function-decisions.ts'
import { FunctionHost, type FunctionNews, functionOptions } from './function-host.ts'
import { TriggerTable } from './trigger-table.ts'

/** A function that is going to run: it runs already, or its isolate is loaded. */
export type FunctionPlan = { readonly host: FunctionHost } | { readonly guest: Guest<FunctionDeclaration> }

/** Load a function; the runtime's errors become WeirErrors of the same code. */
export const loadFunction = async (
  runtime: FunctionRuntime | undefined,
  config: EngineFunction
): Promise<Guest<FunctionDeclaration>> => {
  if (runtime === undefined)
    throw new WeirError('runtime-unavailable', `edge function '${config.name}': this data plane runs no edge functions`)
  try {
    return await runtime.load(config.bundle, functionOptions(config))
  } catch (error) {
    throw runtimeError(error, `edge function '${config.name}'`)
  }
}

/** The edge functions and triggers of the revision that runs. */
export class RunningFunctions {
  readonly #runtime: FunctionRuntime | undefined
  readonly #news: FunctionNews
  readonly #decisions: Decisions
  readonly #hosts = new Map<string, FunctionHost>()
  readonly #stats = new Map<string, EdgeFunctionStats>()
  readonly #triggerStats = new Map<string, TriggerStats>()
  #triggers: readonly Trigger[] = []

  constructor (runtime: FunctionRuntime | undefined, news: FunctionNews, decisions: Decisions) {
    this.#runtime = runtime
    this.#news = news
    this.#decisions = decisions
  }

  /** Load what does not run yet. `loaded` collects the isolates. */
  async prepare (
    { edgeFunctions }: EngineConfig,
    loaded: { dispose(): void }[]
  ): Promise<ReadonlyMap<string, FunctionPlan>> {
    const plans = new Map<string, FunctionPlan>()
    for (const config of edgeFunctions) {
      const host = this.#hosts.get(config.name)
      if (host?.is(config) === true) plans.set(config.name, { host })
      else {
        const guest = await loadFunction(this.#runtime, config)
        loaded.push(guest)
        plans.set(config.name, { guest })
      }
    }
    return plans
  }

  /** Run the functions of these plans. Those that are replaced decide on the requests that they have. */
  commit ({ edgeFunctions, triggers }: EngineConfig, plans: ReadonlyMap<string, FunctionPlan>): void {
    const kept = new Set(edgeFunctions.map(({ name }) => name))
    this.#decisions.keepOnly('edge-function', kept)
    for (const [name, host] of this.#hosts) {
      if (kept.has(name)) continue
      host.retire()
      this.#hosts.delete(name)
      this.#stats.delete(name)
    }
    for (const config of edgeFunctions) {
      const plan = plans.get(config.name)!
      if ('host' in plan) plan.host.configure(config)
      else {
        const before = this.#hosts.get(config.name)
        const stats = this.#stats.get(config.name) ?? emptyEdgeFunctionStats()
        this.#stats.set(config.name, stats)
        this.#hosts.set(
          config.name,
          new FunctionHost(
            this.#runtime!,
            config,
            plan.guest,
            stats,
            this.#news,
            new FunctionDecisions(this.#decisions, config.name)
          )
        )
        before?.retire()
      }
    }
    this.#triggers = triggers
    const names = new Set(triggers.map(({ name }) => name))
    for (const name of this.#triggerStats.keys()) if (!names.has(name)) this.#triggerStats.delete(name)
    for (const name of names) if (!this.#triggerStats.has(name)) this.#triggerStats.set(name, emptyTriggerStats())
  }

  /** Returns the triggers of a user vserver at work; undefined: there are none. */
  placeOf ({ name }: UserVserver): EdgePlace | undefined {
    const own = this.#triggers.filter(({ state, vservers }) =>
      state === 'enabled' && (vservers.length === 0 || vservers.includes(name))
    )
    if (own.length === 0) return undefined
    return new EdgePlace(
      new TriggerTable<TriggerTarget>(own.map(trigger => ({
        trigger,
        to: {
          stats: this.#triggerStats.get(trigger.name)!,
          host: trigger.function === undefined ? undefined : this.#hosts.get(trigger.function)!
        }
      })))
    )
  }

  stats (): Pick<EngineStats, 'edgeFunctions' | 'triggers'> {
    const stats: Pick<EngineStats, 'edgeFunctions' | 'triggers'> = {
      edgeFunctions: emptyRecord(),
      triggers: emptyRecord()
    }
    for (const [name, host] of this.#hosts) {
      const now = host.snapshot()
      stats.edgeFunctions[name] = { ...now, failures: { ...now.failures }, decisionMs: [...now.decisionMs] }
    }
    for (const [name, counted] of this.#triggerStats) stats.triggers[name] = { ...counted }
    return stats
  }

  dispose (): void {
    for (const host of this.#hosts.values()) host.dispose()
    this.#hosts.clear()
  }
}
