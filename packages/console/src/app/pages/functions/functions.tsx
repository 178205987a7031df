import './functions.css'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { calmly, useEvents } from '../../api/events.ts'
import { useQuery } from '../../api/query.ts'
import { useRefresh } from '../../api/refresh.ts'
import { Gone } from '../../code/gone.tsx'
import { NewCode } from '../../code/new-code.tsx'
import { place } from '../../router/router.ts'
import { Fault } from '../../ui/fault.tsx'
import { functionCode } from './function-code.tsx'
import { FunctionList } from './function-list.tsx'
import { FunctionPage } from './function-page.tsx'
import { loadFunctions } from './load-functions.ts'
import { TriggersPanel } from './triggers-panel.tsx'
import { UrlPanel } from './url-panel.tsx'

/** Reloads at most so often, however many events come. */
const RELOAD_MS = 2000

/** Every edge function with the triggers, or one of them. */
export const Functions = (): JSX.Element => {
  const { rest: [name], query } = place.value
  const data = useQuery(loadFunctions)
  useEvents(useMemo(() => calmly(data.reload, RELOAD_MS), [data]))
  useRefresh(data)
  const loaded = data.value.value
  const row = loaded?.functions.find(({ edgeFunction }) => edgeFunction.name === name)
  return (
    <div class="stack">
      <Fault error={data.error.value} onRetry={data.reload} />
      {name === undefined
        ? query.has('new')
          ? <NewCode kind={functionCode} reload={data.reload} />
          : loaded !== undefined && (
            <>
              <FunctionList rows={loaded.functions} />
              <TriggersPanel rows={loaded.triggers} some={loaded.functions.length > 0} reload={data.reload} />
              <UrlPanel triggers={loaded.triggers} />
            </>
          )
        : row !== undefined
          ? <FunctionPage key={name} row={row} reload={data.reload} />
          : loaded !== undefined && <Gone kind={functionCode} name={name} />}
    </div>
  )
}
