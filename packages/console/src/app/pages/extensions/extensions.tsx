import './extensions.css'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { calmly, useEvents } from '../../api/events.ts'
import { useQuery } from '../../api/query.ts'
import { useRefresh } from '../../api/refresh.ts'
import { Gone } from '../../code/gone.tsx'
import { NewCode } from '../../code/new-code.tsx'
import { place } from '../../router/router.ts'
import { Fault } from '../../ui/fault.tsx'
import { extensionCode } from './extension-code.ts'
import { ExtensionList } from './extension-list.tsx'
import { ExtensionPage } from './extension-page.tsx'
import { loadExtensions } from './load-extensions.ts'

/** Reloads at most so often, however many events come. */
const RELOAD_MS = 2000

/** Every extension, or one of them. */
export const Extensions = (): JSX.Element => {
  const { rest: [name], query } = place.value
  const data = useQuery(loadExtensions)
  const reload = useMemo(() => calmly(data.reload, RELOAD_MS), [data])
  useEvents(reload)
  // Connections have no events here.
  useRefresh(data)

  const rows = data.value.value
  const row = rows?.find(({ extension }) => extension.name === name)
  return (
    <div class="stack">
      <Fault error={data.error.value} onRetry={data.reload} />
      {name === undefined
        ? query.has('new')
          ? <NewCode kind={extensionCode} reload={data.reload} />
          : rows !== undefined && <ExtensionList rows={rows} />
        : row !== undefined
          ? <ExtensionPage key={name} row={row} reload={data.reload} />
          : rows !== undefined && <Gone kind={extensionCode} name={name} />}
    </div>
  )
}
