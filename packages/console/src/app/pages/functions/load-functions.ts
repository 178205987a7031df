import type { EdgeFunction, Stats, Trigger } from '@weirlb/admin/client'
import { call } from '../../api/api.ts'

/** Statistics of an edge function. */
export type FunctionFigures = Stats['edgeFunctions'][string]

/** An edge function, what it did, and what leads requests to it. */
export interface FunctionRow {
  readonly edgeFunction: EdgeFunction
  /** Undefined: no worker has any yet. */
  readonly figures: FunctionFigures | undefined
  readonly triggers: readonly Trigger[]
}

/** A trigger, and the requests that it led to its function. */
export interface TriggerRow {
  readonly trigger: Trigger
  readonly matched: number
  /** 1 is looked at first. */
  readonly order: number
}

/** Edge functions, and the triggers in the order of decision. */
export interface Functions { readonly functions: readonly FunctionRow[], readonly triggers: readonly TriggerRow[] }

/** Ask for every edge function and every trigger. */
export const loadFunctions = async (): Promise<Functions> => {
  const [functions, listed, { body: { order } }, { body: stats }] = await Promise.all([
    call('listEdgeFunctions'), call('listTriggers'), call('matchTriggers', { body: {} }), call('getStats')
  ])
  const places = new Map(order.map((name, at) => [name, at + 1]))
  // One that has come meanwhile stands last.
  const placeOf = (name: string): number => places.get(name) ?? order.length + 1
  const triggers = listed.body.items.toSorted((a, b) => placeOf(a.name) - placeOf(b.name))
  return {
    functions: functions.body.items.map(edgeFunction => ({
      edgeFunction,
      figures: Object.hasOwn(stats.edgeFunctions, edgeFunction.name)
        ? stats.edgeFunctions[edgeFunction.name]
        : undefined,
      triggers: triggers.filter(trigger => trigger.function === edgeFunction.name)
    })),
    triggers: triggers.map(trigger => ({
      trigger,
      order: placeOf(trigger.name),
      matched: Object.hasOwn(stats.triggers, trigger.name) ? stats.triggers[trigger.name]!.matched : 0
    }))
  }
}

/** Requests on which it did not decide. */
export const failuresOf = ({ failedOpen, failedClosed }: FunctionFigures): number => failedOpen + failedClosed

/** Mean time of a request in the sandbox, in milliseconds; undefined: it had none. */
export const meanMsOf = ({ cpuMs, requests, waiting }: FunctionFigures): number | undefined =>
  requests - waiting > 0 ? cpuMs / (requests - waiting) : undefined
