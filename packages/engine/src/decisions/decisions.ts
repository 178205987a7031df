import { recordFrom } from '@weirlb/model'
import { BoundedReport } from '../bounded-report.ts'
import type { ControlStats } from '../stats/stats.ts'
import { Control } from './control.ts'
import type { Decider, Decision, DecisionSubject, DecisionValues } from './decision.ts'
import { DecisionTops, type Tops } from './tops.ts'

/** Maximum controls that are counted apart. Those of a kind beyond it are counted together. */
const MAX_CONTROLS = 20_000
const OTHERS = '(others)'
const NO_VALUES: DecisionValues = {}

/** Where the decisions of this process go. */
export interface DecisionsOptions {
  /** Number of the process; part of the identifiers. */
  readonly worker: number
  /** Called once a turn of the event loop with what is reported. */
  readonly report: (decisions: readonly Decision[]) => void
}

/**
 * The one place to which every part of the edge reports what it decides: rules, access rules, rate limits, managed
 * checks, edge functions, flood control. Each decision is counted, and ranked in the top lists. A bounded part is
 * reported: see `Sampler`, and at most 1,000 a second in all.
 *
 *   decider ──► report() ─┬─► control: exact counters ──► stats, metrics
 *                         ├─► top lists
 *                         └─► sampler ──► control process: search, stream, webhook
 */
export class Decisions {
  readonly #prefix: string
  readonly #bounded: BoundedReport<Decision>
  readonly #controls = new Map<string, Map<string, Control>>()
  readonly #tops = new DecisionTops(Date.now())
  #size = 0
  #last = 0

  constructor ({ worker, report }: DecisionsOptions) {
    // Workers have other numbers after a restart of the whole only by chance: the time tells them apart.
    this.#prefix = `${Date.now().toString(36)}-${worker}-`
    this.#bounded = new BoundedReport(decisions => { if (decisions.length > 0) report(decisions) })
  }

  /** Returns the control of a kind and name; made when it is asked for first, and the same from then on. */
  control (kind: string, name: string): Control {
    const ofKind = this.#controls.get(kind) ?? new Map<string, Control>()
    this.#controls.set(kind, ofKind)
    const known = ofKind.get(name)
    if (known !== undefined) return known
    if (this.#size >= MAX_CONTROLS && name !== OTHERS) return this.control(kind, OTHERS)
    const made = new Control(kind, name)
    ofKind.set(name, made)
    this.#size++
    return made
  }

  /** Forget the controls of a kind that have none of these names. */
  keepOnly (kind: string, names: ReadonlySet<string>): void {
    const ofKind = this.#controls.get(kind)
    if (ofKind === undefined) return
    for (const name of ofKind.keys()) if (!names.has(name) && ofKind.delete(name)) this.#size--
  }

  /**
   * A decision was made. `detail`: what the part has to say beside the values that it looked at. Returns false where it
   * was counted alone. Never throws: it is called on the path of bytes.
   */
  report<S extends DecisionSubject> (decider: Decider<S>, subject: S, detail?: DecisionValues): boolean {
    const { control, action, simulated } = decider
    control.count(action, simulated)
    const time = Date.now()
    this.#tops.add(decider, subject, time)
    const sampler = control.samplerOf(decider.quiet === true)
    const weight = sampler.take(time)
    if (weight === 0) return false
    if (!this.#bounded.take()) {
      sampler.giveBack(weight)
      return false
    }
    control.stats.events++
    const { vserver, facts, connection, clientId, topic, country, asn } = subject
    this.#bounded.add({
      id: `${this.#prefix}${++this.#last}`, time,
      kind: control.kind, name: control.name, action, simulated, phase: decider.phase,
      userVserver: vserver.name, address: facts.address, port: facts.port, connection: connection?.id,
      clientId: clientId && short(clientId), topic: topic && short(topic), country, asn,
      fields: decider.values?.(subject) ?? NO_VALUES,
      detail, weight
    })
    return true
  }

  /** Report now what waits for the end of this turn. */
  flush (): void { this.#bounded.flush() }

  /** Exact counters of every control that has decided something, by `kind/name`. */
  stats (): Record<string, ControlStats> {
    const counted: [string, ControlStats][] = []
    for (const [kind, ofKind] of this.#controls) {
      for (const [name, { stats }] of ofKind)
        if (stats.decisions > 0) counted.push([`${kind}/${name}`, { ...stats, actions: { ...stats.actions } }])
    }
    return recordFrom(counted)
  }

  tops (): Tops { return this.#tops.snapshot(Date.now()) }
}

/** Longer names are cut: an ID may have 65,535 bytes. */
const LONGEST = 256
const short = (text: string): string => text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
