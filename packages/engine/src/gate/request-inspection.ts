import {
  inspects,
  type ManagedCheck,
  managedChecksOf,
  managedRuleName,
  protocolsOf,
  speaks,
  type UserProtocol,
  type UserVserver
} from '@weirlb/model'
import type { ClientFacts } from '@weirlb/link'
import type { Decider, DecisionValues } from '../decisions/decision.ts'
import type { Decisions } from '../decisions/decisions.ts'
import type { RuleStats } from '../stats/stats.ts'
import type { VserverAccess } from './access-book.ts'
import { behindProxies } from './behind-proxies.ts'
import type { Refusal } from './gate.ts'
import { valuesReader } from './looked-values.ts'
import type { VserverRules } from './rule-book.ts'
import { readersFor, type RuledRequest, type RuledVserver, RuleSubject } from './rule-subject.ts'
import { unwatched } from './rule-watch.ts'

/** What an inspection has found; `failed`: there was none, and why. */
export type InspectionResult =
  | {
    readonly refused: boolean
    readonly score: number
    readonly rules: readonly { readonly id: string, readonly text: string }[]
  }
  | { readonly failed: string }

/** Inspects HTTP requests outside of this process. */
export interface RequestInspector {
  /** Be ready for these managed checks, and for no others. */
  use (checks: readonly ManagedCheck[]): void
  /** Inspect a request. `done` is called once, perhaps before this returns. */
  inspect(
    check: ManagedCheck,
    client: ClientFacts,
    request: RuledRequest,
    body: Uint8Array | undefined,
    done: (result: InspectionResult) => void
  ): void
  /** Nothing more is inspected. */
  stop (): void
}

/** Where a program has no inspector. */
export const noInspector: RequestInspector = {
  use () {},
  inspect (_check, _client, _request, _body, done) {
    done({ failed: 'this program inspects no requests' })
  },
  stop () {}
}

/** Returns the managed check that has the requests of a user vserver inspected; undefined: none has, or it has none. */
export const inspectingCheck = (
  vserver: UserVserver,
  protocols: ReadonlyMap<string, UserProtocol>,
  checks: readonly ManagedCheck[]
): ManagedCheck | undefined =>
  speaks(protocolsOf(vserver, name => protocols.get(name)), 'http')
    ? managedChecksOf(checks, vserver.name).find(inspects)
    : undefined

/** A user vserver whose requests are inspected. */
export interface InspectedVserver extends RuledVserver {
  readonly config: UserVserver
  readonly rules: VserverRules | undefined
  readonly access: VserverAccess | undefined
}

/** Rules of a request that are named. */
const NAMED = 16
/** Checks of the group that are none of its rules: the sum of their points, and a request that was not inspected. */
const SUM = '949'
const FAILED = '000'

const values = valuesReader([{ field: 'http.host', key: undefined }, { field: 'http.request.method', key: undefined }, { field: 'http.request.uri', key: undefined }], readersFor([]), [])

/** What is reported of a check: as it takes effect, and as it does not. */
interface Reported {
  readonly stats: RuleStats
  readonly effective: Decider<RuleSubject>
  readonly harmless: Decider<RuleSubject>
}

/** The inspection of a user vserver's requests. */
export class RequestInspection {
  readonly check: ManagedCheck
  readonly #inspector: RequestInspector
  readonly #vserver: InspectedVserver
  readonly #statsOf: (rule: string) => RuleStats
  readonly #decisions: Decisions
  readonly #sum: Reported
  readonly #failed: Reported

  /** `statsOf`: the counters of a check; they stay the same from one revision to the next. */
  constructor (
    check: ManagedCheck,
    inspector: RequestInspector,
    vserver: InspectedVserver,
    statsOf: (rule: string) => RuleStats,
    decisions: Decisions
  ) {
    this.check = check
    this.#inspector = inspector
    this.#vserver = vserver
    this.#statsOf = statsOf
    this.#decisions = decisions
    this.#sum = this.#reported(SUM, check.mode === 'challenge' ? 'challenge' : 'block')
    this.#failed = this.#reported(FAILED, 'block')
  }

  #reported (id: string, action: 'block' | 'challenge'): Reported {
    const name = managedRuleName(this.check.name, id)
    const shared = { control: this.#decisions.control('managed-check', name), phase: 'request', values }
    return {
      stats: this.#statsOf(name),
      effective: { ...shared, action, simulated: this.check.mode === 'simulate' },
      harmless: { ...shared, action: 'log', simulated: false }
    }
  }

  /** Bytes of a body that are inspected. */
  get bodyBytes (): number { return this.check.bodyBytes }

  /**
   * False for a request of a client that an access rule allows, or of which a rule of the operator says that nothing
   * more is to be looked at.
   */
  looksAt (client: ClientFacts, request: RuledRequest): boolean {
    const { access, rules } = this.#vserver
    const subject = this.#subject(client, request)
    return access?.trusts(subject.facts.address) !== true &&
      rules?.request?.decide(subject, unwatched)?.action !== 'skip'
  }

  /**
   * Has a request inspected. `full`: there was no room for its body. `done` is called once, with why it is refused, if
   * it is.
   */
  inspect (
    client: ClientFacts,
    request: RuledRequest,
    body: Uint8Array | 'full' | undefined,
    done: (refusal: Refusal | undefined) => void
  ): void {
    const subject = this.#subject(client, request)
    if (body === 'full')
      done(this.#decide({ failed: 'other requests hold all memory that there is for bodies' }, subject))
    else this.#inspector.inspect(this.check, subject.facts, request, body, result => {
        done(this.#decide(result, subject))
      })
  }

  #subject (client: ClientFacts, request: RuledRequest): RuleSubject {
    const subject = new RuleSubject(
      this.#vserver,
      behindProxies(this.#vserver.config, client, request.headers),
      undefined
    )
    subject.request = request
    return subject
  }

  #decide (result: InspectionResult, subject: RuleSubject): Refusal | undefined {
    const { name, mode, onFailure } = this.check
    if ('failed' in result) {
      const closed = onFailure === 'closed'
      this.#report(this.#failed, closed, { why: result.failed }, subject)
      return closed && mode !== 'simulate'
        ? {
          reason: 'rule',
          detail: `managed check '${name}' could not inspect it: ${result.failed}`,
          response: { status: 503, contentType: 'text/plain', body: 'this request could not be inspected\n' }
        }
        : undefined
    }
    const { refused, score, rules } = result
    if (rules.length === 0 && !refused) return undefined
    // Who has passed a challenge gets through what others are challenged for.
    const effective = refused && !(mode === 'challenge' && subject.cleared)
    for (const id of new Set(rules.map(rule => rule.id.slice(0, 3)))) {
      const stats = this.#statsOf(managedRuleName(name, id)) as RuleStats | undefined
      if (stats !== undefined) count(stats, effective ? this.#sum.effective : this.#sum.harmless)
    }
    const named = rules.slice(0, NAMED).map(({ id, text }) => `${id} ${text}`)
    this.#report(this.#sum, effective, {
      score,
      rules: rules.length > NAMED ? [...named, `… ${rules.length - NAMED} more`] : named
    }, subject)
    if (!effective || mode === 'simulate') return undefined
    const detail = `managed check '${name}': score ${score}, ${rules.slice(0, NAMED).map(({ id }) => id).join(', ')}`
    return mode === 'challenge' ? { reason: 'challenged', detail, challenge: true } : { reason: 'rule', detail }
  }

  #report (
    { stats, effective, harmless }: Reported,
    takesEffect: boolean,
    detail: DecisionValues,
    subject: RuleSubject
  ): void {
    const decider = takesEffect ? effective : harmless
    count(stats, decider)
    this.#decisions.report(decider, subject, detail)
  }
}

const count = (stats: RuleStats, { action, simulated }: Decider<RuleSubject>): void => {
  stats.matched++
  if (simulated) return
  if (action === 'block') stats.blocked++
  if (action === 'challenge') stats.challenged++
}
