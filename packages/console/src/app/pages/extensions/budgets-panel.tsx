import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call, fieldErrors, wordsOf } from '../../api/api.ts'
import { bytesText, countText, msText } from '../../format/numbers.ts'
import { Field } from '../../ui/field.tsx'
import { toast } from '../../ui/toast.tsx'
import type { ExtensionFigures, ExtensionRow } from './load-extensions.ts'

interface Budget {
  readonly group: 'limits' | 'strikes'
  readonly field: string
  readonly title: string
  /** What was used of it at most, in its unit, and in words. */
  used (figures: ExtensionFigures): { readonly amount: number, readonly text: string } | undefined
}

const MIB = 1024 * 1024
const nothing = (): undefined => undefined

const budgets: readonly Budget[] = [
  { group: 'limits', field: 'heapMb', title: 'Heap of an isolate, MB', used: ({ heapBytesPeak }) => ({ amount: heapBytesPeak / MIB, text: `at most ${bytesText(heapBytesPeak)} so far` }) },
  { group: 'limits', field: 'batchTimeoutMs', title: 'CPU time of a message, ms', used: ({ batchMsPeak }) => ({ amount: batchMsPeak, text: `at most ${msText(batchMsPeak)} so far` }) },
  { group: 'limits', field: 'originatedBytes', title: 'Bytes that a message may originate', used: ({ originatedBytesPeak }) => ({ amount: originatedBytesPeak, text: `at most ${bytesText(originatedBytesPeak)} so far` }) },
  { group: 'limits', field: 'heldBytes', title: 'Bytes of a direction that may wait', used: ({ heldBytesPeak }) => ({ amount: heldBytesPeak, text: `at most ${bytesText(heldBytesPeak)} so far` }) },
  { group: 'strikes', field: 'failures', title: 'Strikes that take it out of service', used: ({ strikes }) => ({ amount: strikes, text: `${countText(strikes)} now` }) },
  { group: 'strikes', field: 'windowSeconds', title: 'Within, s', used: nothing },
  { group: 'strikes', field: 'downSeconds', title: 'Out of service for, s', used: nothing }
]

/** What an extension may use, and what it has used at most. */
export const BudgetsPanel = ({ row: { extension, figures }, reload }: { readonly row: ExtensionRow, readonly reload: () => void }): JSX.Element => {
  const { name } = extension
  const [changes, setChanges] = useState<Readonly<Record<string, string>>>({})
  const [error, setError] = useState<unknown>(undefined)
  const faults = fieldErrors(error)
  const save = async (): Promise<void> => {
    const of = (group: Budget['group']): Readonly<Record<string, number>> => Object.fromEntries(budgets.filter(budget => budget.group === group && Object.hasOwn(changes, budget.field)).map(({ field }) => [field, Number(changes[field])]))
    try {
      await call('patchExtension', { path: { name }, body: { limits: of('limits'), strikes: of('strikes') } })
      setChanges({})
      setError(undefined)
      toast(`${name} has other budgets.`)
      reload()
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
          const limit = (extension[group] as Readonly<Record<string, number>>)[field]!
          const most = figures === undefined ? undefined : used(figures)
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
