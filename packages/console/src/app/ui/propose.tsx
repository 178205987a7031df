import type { ConfigPlan } from '@weirlb/admin/client'
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { wordsOf } from '../api/api.ts'
import { apply, plan, type Change } from '../api/changes.ts'
import { PlanDialog } from './plan-dialog.tsx'
import { toast } from './toast.tsx'

/** A change that is shown before it is applied. */
export interface Proposal {
  /** As the configuration document has it: `rateLimits`. */
  readonly collection: string
  readonly change: Change
  /** The button's word. Default: `Apply`. */
  readonly verb?: string
  /** Said when it is applied. */
  readonly said: string
  /** Called when it is applied. */
  readonly onDone?: () => void
  /** Called with the API's refusal of the change itself, whose plan was fine. Default: it is said in a toast. */
  readonly onFailed?: (error: unknown) => void
}

const open = signal<{ readonly proposal: Proposal, readonly plan: ConfigPlan } | undefined>(undefined)

/**
 * Ask the API what a change would do, and show that; it is applied when the viewer agrees. Rejects with the API's
 * refusal of the plan.
 */
export const propose = async (proposal: Proposal): Promise<void> => {
  open.value = { proposal, plan: await plan(proposal.collection, proposal.change) }
}

/** Where the plan of `propose` is shown; the shell has it once. */
export const ProposalDialog = (): JSX.Element | null => {
  if (open.value === undefined) return null
  const {
    proposal: {
      collection,
      change,
      verb = 'Apply',
      said,
      onDone,
      onFailed = (error: unknown) => {
        toast(wordsOf(error), 'bad')
      }
    },
    plan
  } = open.value
  const run = async (): Promise<void> => {
    try {
      await apply(collection, change)
      toast(said)
      onDone?.()
    } catch (error) {
      onFailed(error)
    }
    open.value = undefined
  }
  return <PlanDialog plan={plan} verb={verb} onApply={run} onClose={() => { open.value = undefined }} />
}
