import type { JSX } from 'preact'
import { countText } from '../../format/numbers.ts'
import { hrefOf, place } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Name } from '../../ui/name.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { ExplainTab } from './explain-tab.tsx'
import { connectionsOf, type ExtensionRow } from './load-extensions.ts'
import { SourceTab } from './source-tab.tsx'
import { TraceTab } from './trace-tab.tsx'
import { VersionsTab } from './versions-tab.tsx'

const parts = { source: 'Source', versions: 'Versions and budgets', explain: 'Explain', trace: 'Trace' } as const
type Part = keyof typeof parts

const isPart = (text: string | undefined): text is Part => text !== undefined && Object.hasOwn(parts, text)

/** One extension: its source, versions, explanations and traces. */
export const ExtensionPage = (
  { row, reload }: { readonly row: ExtensionRow, readonly reload: () => void }
): JSX.Element => {
  const { extension, uses } = row
  const { name, status } = extension
  const wanted = place.value.rest[1]
  const part = isPart(wanted) ? wanted : 'source'
  return (
    <>
      <div class="bar">
        <a href={hrefOf(['extensions'])}>All extensions</a>
        <span class="muted" aria-hidden="true">/</span>
        <h2><Name text={name} /></h2>
        <Badge state={status?.value ?? 'unknown'} title={status?.reason} />
        <span class="muted">{countText(connectionsOf(extension))} connections</span>
        {status?.reason !== undefined && <span class="name">{status.reason}</span>}
      </div>
      <Tabs label="Parts of the extension" selected={part} tabs={Object.entries(parts).map(([key, title]) => ({ key, title, href: hrefOf(['extensions', name, key]) }))} />
      {part === 'source' && <SourceTab extension={extension} reload={reload} />}
      {part === 'versions' && <VersionsTab row={row} reload={reload} />}
      {part === 'explain' && <ExplainTab name={name} uses={uses} />}
      {part === 'trace' && <TraceTab name={name} uses={uses} />}
    </>
  )
}
