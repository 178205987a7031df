import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { fieldErrors, wordsOf } from '../api/api.ts'
import { Field } from '../ui/field.tsx'
import { toast } from '../ui/toast.tsx'

/** Something that code may use, and how much of it. `F`: what is counted of it. */
export interface Budget<F> {
  readonly group: 'limits' | 'strikes'
  readonly field: string
  readonly title: string
  /** What was used of it at most, in its unit, and in words. */
  used? (figures: F): { readonly amount: number, readonly text: string }
}

/** Changes of budgets, as a patch has them. */
export type BudgetChange = Readonly<Record<Budget<never>['group'], Readonly<Record<string, number>>>>

/** What code may use, and what it has used at most. */
export const BudgetsPanel = <F,>({ name, budgets, limits, figures, save: patch }: {
  readonly name: string
  readonly budgets: readonly Budget<F>[]
  readonly limits: { readonly limits: object, readonly strikes: object }
  /** Undefined: nothing is counted yet. */
  readonly figures: F | undefined
  readonly save: (change: BudgetChange) => Promise<void>
}): JSX.Element => {
  const [changes, setChanges] = useState<Readonly<Record<string, string>>>({})
  const [error, setError] = useState<unknown>(undefined)
  const faults = fieldErrors(error)
  const save = async (): Promise<void> => {
    const of = (group: Budget<F>['group']): Readonly<Record<string, number>> =>
      Object.fromEntries(
        budgets.filter(budget => budget.group === group && Object.hasOwn(changes, budget.field)).map((
          { field }
        ) => [field, Number(changes[field])])
      )
    try {
      await patch({ limits: of('limits'), strikes: of('strikes') })
      setChanges({})
      setError(undefined)
      toast(`${name} has other budgets.`)
    } catch (error) {
      setError(error)
    }
  }
  return (
    <section class="panel" aria-label="Budgets">
      <header><h2>Budgets</h2></header>
      <form
        class="body stack"
        onSubmit={event => {
          event.preventDefault()
          void save()
        }}
      >
        {error !== undefined && faults.size === 0 && <div class="fault" role="alert">{wordsOf(error)}</div>}
        {budgets.map(({ group, field, title, used }) => {
          const limit = (limits[group] as Readonly<Record<string, number>>)[field]!
          const most = figures === undefined ? undefined : used?.(figures)
          return (
            <Field key={field} label={title} hint={most !== undefined && <Use amount={most.amount} limit={limit} text={most.text} title={title} />} fault={faults.get(`${group}.${field}`)}>
              {input => <input class="input" inputMode="decimal" value={changes[field] ?? String(limit)} onInput={event => { setChanges({ ...changes, [field]: event.currentTarget.value }) }} {...input} />}
            </Field>
          )
        })}
        <div class="bar"><button type="submit" class="button primary" disabled={Object.keys(changes).length === 0}>Save</button></div>
      </form>
    </section>
  )
}

const Use = ({ amount, limit, text, title }: { readonly amount: number, readonly limit: number, readonly text: string, readonly title: string }): JSX.Element => (
  <span class="use"><meter min={0} max={limit} high={limit * 0.8} value={Math.min(amount, limit)} aria-label={`${title}: used`} />{text}</span>
)
