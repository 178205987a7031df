import type { CloseReason, EdgeFunctionFailure } from '@weirlb/model'
import type { ClientFacts } from '@weirlb/link'
import type { EdgePlace } from '../edge/edge-place.ts'
import { functionRequest } from '../edge/function-request.ts'
import { tryFunction } from '../edge/function-trial.ts'
import { loadFunction } from '../edge/running-functions.ts'
import type { FunctionRuntime } from '@weirlb/sdk/abi'
import type { RuledRequest } from '../gate/rule-subject.ts'

/** What an edge function decides on a request. */
export interface ExplainedEdge {
  /** The most specific trigger. */
  readonly trigger: string
  /** Undefined: the trigger lets the request pass without one. */
  readonly edgeFunction: string | undefined
  /** Undefined without a function. */
  readonly decision: 'allow' | 'respond' | 'failed' | undefined
  /** Of the response that the client gets. */
  readonly status: number | undefined
  readonly failure: EdgeFunctionFailure | undefined
  readonly reason: string | undefined
}

/** The same, with the refusal that it is. */
export interface EdgeOutcome {
  readonly edge: ExplainedEdge
  readonly refused: { readonly reason: CloseReason, readonly detail: string } | undefined
}

/** Have the edge function of a request decide, in an isolate of its own; undefined: no trigger is about the request. */
export const explainEdge = async (
  place: EdgePlace | undefined,
  runtime: FunctionRuntime | undefined,
  client: ClientFacts,
  request: RuledRequest,
  upgrade: boolean,
  userVserver: string
): Promise<EdgeOutcome | undefined> => {
  const found = place?.find(request)
  if (found === undefined) return undefined
  const { trigger: { name: trigger }, to: { host } } = found
  if (host === undefined)
    return {
      edge: {
        trigger,
        edgeFunction: undefined,
        decision: undefined,
        status: undefined,
        failure: undefined,
        reason: undefined
      },
      refused: undefined
    }
  const { config } = host
  const { decision, status, failure, reason, failedOpen } = await tryFunction(
    await loadFunction(runtime, config),
    config,
    functionRequest(client, request, upgrade, userVserver)
  )
  const closed = decision === 'failed' && failedOpen !== true
  const edge: ExplainedEdge = {
    trigger,
    edgeFunction: config.name,
    decision,
    status: closed ? 503 : status,
    failure,
    reason
  }
  const refused = closed
    ? { reason: 'function-failed' as const, detail: `edge function '${config.name}': ${failure}` }
    : decision === 'respond'
    ? { reason: 'function' as const, detail: `edge function '${config.name}', trigger '${trigger}'` }
    : undefined
  return { edge, refused }
}
