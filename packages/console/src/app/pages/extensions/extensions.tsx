import './extensions.css'
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { calmly, useEvents } from '../../api/events.ts'
import { useQuery } from '../../api/query.ts'
import { go, hrefOf, place } from '../../router/router.ts'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { drafts, NEW } from './drafts.ts'
import { ExtensionList } from './extension-list.tsx'
import { ExtensionPage } from './extension-page.tsx'
import { loadExtensions } from './load-extensions.ts'
import { NewExtension } from './new-extension.tsx'

/** Reloads at most so often, however many events come. */
const RELOAD_MS = 2000
/** Connections have no events here. */
const REFRESH_MS = 4000

/** Every extension, or one of them. */
export const Extensions = (): JSX.Element => {
  const { rest: [name], query } = place.value
  const data = useQuery(loadExtensions)
  const reload = useMemo(() => calmly(data.reload, RELOAD_MS), [data])
  useEvents(reload)
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) data.reload() }, REFRESH_MS)
    return () => { clearInterval(timer) }
  }, [data])

  const rows = data.value.value
  const row = rows?.find(({ extension }) => extension.name === name)
  return (
    <div class="stack">
      <Fault error={data.error.value} onRetry={data.reload} />
      {name === undefined
        ? query.has('new') ? <NewExtension /> : rows !== undefined && <ExtensionList rows={rows} />
        : row !== undefined
          ? <ExtensionPage key={name} row={row} reload={data.reload} />
          : rows !== undefined && <Gone name={name} />}
    </div>
  )
}

/** In place of an extension that is not there, or was deleted under the editor. */
const Gone = ({ name }: { readonly name: string }): JSX.Element => {
  const draft = drafts.get(name)
  return (
    <Empty title="There is no such extension">
      <p>It may have been deleted.</p>
      {draft !== undefined && (
        <>
          <p>What you typed is still here.</p>
          <button
            type="button" class="button primary"
            onClick={() => {
              drafts.delete(name)
              drafts.set(NEW, { text: draft.text, etag: undefined })
              go(hrefOf(['extensions'], { new: name }))
            }}
          >
            Create it anew
          </button>
        </>
      )}
      <a href={hrefOf(['extensions'])}>All extensions</a>
    </Empty>
  )
}
