import type { ClientFacts, RefusalResponse, UpgradeDecision, UpgradeRefusal } from '@weirlb/link'
import type { FunctionOutcome } from '../edge/outcome.ts'
import type { Refusal } from '../gate/gate.ts'
import type { RequestInspection } from '../gate/request-inspection.ts'
import type { RuledRequest } from '../gate/rule-subject.ts'
import { type Log, reportFault } from '../log.ts'
import { challengedUpgrade, refusedUpgrade, upgradeRefusedBy } from './refused-upgrade.ts'

/** What decides on the upgrades of a user vserver's clients. */
export interface UpgradeJudges {
  readonly name: string
  readonly log: Log
  readonly inspection: RequestInspection | undefined
  readonly door: { readonly challenger: { readonly upgradeRefusal: RefusalResponse } }
  /** What edge functions decide; undefined: none is asked. */
  functionsDecide (client: ClientFacts, request: RuledRequest, upgrade: boolean): Promise<FunctionOutcome> | undefined
}

/**
 * Decides on an upgrade. `refusal`: what the gate says of it; behind the gate stand the inspection, and the edge
 * functions.
 */
export const decideUpgrade = (
  judges: UpgradeJudges,
  client: ClientFacts,
  asked: RuledRequest,
  refusal: Refusal | undefined
): UpgradeDecision => {
  if (refusal !== undefined) return refused(judges, refusal)
  const { inspection } = judges
  return inspection?.looksAt(client, asked) === true
    ? inspected(judges, inspection, client, asked)
    : askEdge(judges, client, asked)
}

const refused = ({ door }: UpgradeJudges, refusal: Refusal): UpgradeRefusal =>
  refusal.challenge === true ? challengedUpgrade(refusal, door.challenger.upgradeRefusal) : refusedUpgrade(refusal)

const askEdge = (
  judges: UpgradeJudges,
  client: ClientFacts,
  asked: RuledRequest
): Promise<UpgradeRefusal | undefined> | undefined =>
  judges.functionsDecide(client, asked, true)?.then(upgradeRefusedBy)

const inspected = async (
  judges: UpgradeJudges,
  inspection: RequestInspection,
  client: ClientFacts,
  asked: RuledRequest
): Promise<UpgradeRefusal | undefined> => {
  try {
    const found = await new Promise<Refusal | undefined>(resolve => {
      inspection.inspect(client, asked, undefined, resolve)
    })
    return found === undefined ? await askEdge(judges, client, asked) : refused(judges, found)
  } catch (error) {
    reportFault(judges.log, judges.name, error, 'internal error of an upgrade')
    return { kind: 'rule', detail: 'internal error', status: 500, headers: [], body: '' }
  }
}
