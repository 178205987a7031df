import type { JSX } from 'preact'
import { call } from '../../api/api.ts'
import { OwnSource } from '../../code/own-source.tsx'
import { countText } from '../../format/numbers.ts'
import { hrefOf, place } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Name } from '../../ui/name.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { CountsTab } from './counts-tab.tsx'
import { functionCode } from './function-code.tsx'
import type { FunctionRow } from './load-functions.ts'
import { TestTab } from './test-tab.tsx'

const parts = { source: 'Source', counts: 'Decisions and budgets', test: 'Test' } as const
type Part = keyof typeof parts

const isPart = (text: string | undefined): text is Part => text !== undefined && Object.hasOwn(parts, text)

/** One edge function: its source, its decisions, and a request to try it on. */
export const FunctionPage = (
  { row, reload }: { readonly row: FunctionRow, readonly reload: () => Promise<void> }
): JSX.Element => {
  const { edgeFunction: { name, status }, figures } = row
  const wanted = place.value.rest[1]
  const part = isPart(wanted) ? wanted : 'source'
  return (
    <>
      <div class="bar">
        <a href={hrefOf(['functions'])}>{functionCode.all}</a>
        <span class="muted" aria-hidden="true">/</span>
        <h2><Name text={name} /></h2>
        <Badge state={status?.value ?? 'unknown'} title={status?.reason} />
        <span class="muted">{countText(figures?.requests ?? 0)} requests</span>
        {status?.reason !== undefined && <span class="name">{status.reason}</span>}
      </div>
      <Tabs label="Parts of the edge function" selected={part} tabs={Object.entries(parts).map(([key, title]) => ({ key, title, href: hrefOf(['functions', name, key]) }))} />
      {part === 'source' && (
        <OwnSource
          kind={functionCode} name={name} reload={() => { void reload() }} ways={['version']}
          load={async () => {
            const { body: { source }, etag } = await call('getEdgeFunction', { path: { name } })
            return { source, etag }
          }}
        />
      )}
      {part === 'counts' && <CountsTab row={row} reload={reload} />}
      {part === 'test' && <TestTab name={name} />}
    </>
  )
}
