import type { JSX } from 'preact'
import { countText, percentText } from '../../format/numbers.ts'
import { Empty } from '../../ui/empty.tsx'
import type { HistoryModel } from './history-model.ts'

/** Refused clients and requests of the last hour, by close reason. */
export const RefusalsPanel = ({ model }: { readonly model: HistoryModel }): JSX.Element => {
  void model.version.value
  const reasons = (Object.entries(model.refusals) as [string, number][]).toSorted(([, a], [, b]) => b - a)
  const total = reasons.reduce((sum, [, count]) => sum + count, 0)
  return (
    <section class="panel" aria-label="Refusals">
      <header><h2>Refused in the last hour</h2><span class="muted">{countText(total)}</span></header>
      {total === 0
        ? <Empty title="Nobody was refused"><p>Clients and requests that a rule, a limit or a missing service kept out are counted here by reason.</p></Empty>
        : (
          <ul class="body bars">
            {reasons.map(([reason, count]) => (
              <li key={reason}>
                <span>{reason}</span>
                <span>{countText(count)} <span class="muted">{percentText(count / total)}</span></span>
                <div class="track" aria-hidden="true"><div class="fill" style={{ width: `${count / reasons[0]![1] * 100}%` }} /></div>
              </li>
            ))}
          </ul>
          )}
    </section>
  )
}
