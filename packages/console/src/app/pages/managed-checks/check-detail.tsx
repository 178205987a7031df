import type { EntityStatus } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { countText } from '../../format/numbers.ts'
import { hrefOf } from '../../router/router.ts'
import { DecisionsChart } from '../../ui/decisions-chart.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Words } from '../../ui/words.tsx'

type Check = NonNullable<EntityStatus['checks']>[number]

/** One check: what it finds, and its hits of the last hour. */
export const CheckDetail = ({ name, check: { id, text, source, mode, matched, blocked } }: { readonly name: string, readonly check: Check }): JSX.Element => (
  <section class="panel detail" aria-label="Check">
    <header>
      <h2 class="mono">{id}</h2>
      <a class="button quiet icon" href={hrefOf(['managed-checks'])} aria-label="Close"><Icon name="close" /></a>
    </header>
    <div class="body stack">
      <p><Words text={text} /></p>
      <dl class="facts">
        <dt>Source</dt><dd>{source}</dd>
        <dt>Does</dt><dd>{mode}</dd>
        <dt>Hits</dt><dd>{countText(matched)}, {countText(blocked)} of them blocked</dd>
      </dl>
      <div class="bar">
        <a class="button" href={hrefOf(['security'], { kind: 'managed-check', name: `${name}/${id}` })}>Security events</a>
      </div>
      <DecisionsChart kind="managed-check" name={`${name}/${id}`} />
    </div>
  </section>
)
