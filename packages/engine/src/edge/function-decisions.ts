import type { EdgeFunctionFailure } from '@weirlb/model'
import type { ClientFacts } from '@weirlb/link'
import type { Control } from '../decisions/control.ts'
import type { Decider, DecisionValues } from '../decisions/decision.ts'
import type { Decisions } from '../decisions/decisions.ts'
import { ClientSubject } from '../gate/client-subject.ts'
import type { RuledRequest } from '../gate/rule-subject.ts'

/** A client whose request an edge function decides on. */
export class FunctionSubject extends ClientSubject {
  readonly request: RuledRequest
  /** What led the request to the function. */
  readonly trigger: string

  constructor (vserver: ClientSubject['vserver'], facts: ClientFacts, request: RuledRequest, trigger: string) {
    super(vserver, facts)
    this.request = request
    this.trigger = trigger
  }
}

/** What is shown of a request: a query may hold a secret, and so may headers. */
const valuesOf = ({ request: { method, path, host }, trigger }: FunctionSubject): DecisionValues => ({
  trigger,
  'http.request.method': method,
  ...host !== undefined && { 'http.host': host.slice(0, 256) },
  'http.request.uri.path': path.split('?', 1)[0]!.slice(0, 256)
})

const decider = (control: Control, action: string, quiet?: true): Decider<FunctionSubject> => ({
  control,
  phase: 'request',
  action,
  simulated: false,
  quiet,
  values: valuesOf
})

/** Reports what one edge function decides. */
export class FunctionDecisions {
  readonly #decisions: Decisions
  readonly #allow: Decider<FunctionSubject>
  readonly #respond: Decider<FunctionSubject>
  readonly #block: Decider<FunctionSubject>
  readonly #pass: Decider<FunctionSubject>

  constructor (decisions: Decisions, edgeFunction: string) {
    const control = decisions.control('edge-function', edgeFunction)
    this.#decisions = decisions
    this.#allow = decider(control, 'allow', true)
    this.#respond = decider(control, 'respond')
    this.#block = decider(control, 'block')
    this.#pass = decider(control, 'pass')
  }

  onAllowed (subject: FunctionSubject): void {
    this.#decisions.report(this.#allow, subject)
  }
  onResponded (subject: FunctionSubject, status: number): void {
    this.#decisions.report(this.#respond, subject, { status })
  }
  /** It did not decide, and the request passes, or gets 503. */
  onFailed (subject: FunctionSubject, failure: EdgeFunctionFailure, failedOpen: boolean): void {
    this.#decisions.report(failedOpen ? this.#pass : this.#block, subject, { failure })
  }
}
