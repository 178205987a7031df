import type { Extension } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call, isStale } from '../../api/api.ts'
import { useQuery } from '../../api/query.ts'
import { Fault } from '../../ui/fault.tsx'
import { Icon } from '../../ui/icon.tsx'
import { toast } from '../../ui/toast.tsx'
import { DeclarationView } from './declaration-view.tsx'
import { drafts, TEMPLATE } from './drafts.ts'
import { checkedOf, type Checked } from './source-check.ts'
import { SourceEditor } from './source-editor.tsx'

/** The source of an extension, to change it. */
export const SourceTab = ({ extension: { name, builtin, status }, reload }: { readonly extension: Extension, readonly reload: () => void }): JSX.Element => {
  const [own, setOwn] = useState(drafts.has(name))
  const [opened, setOpened] = useState(0)
  if (builtin !== undefined && !own) {
    return (
      <div class="source-columns">
        <section class="panel" aria-label="Source">
          <header><h2>Source</h2></header>
          <div class="body stack">
            <p>The code is <code>{builtin}</code>, which is included with Weir. A source of your own can take its place; new connections get it, and a rollback brings the included one back.</p>
            <div class="bar"><button type="button" class="button" onClick={() => { setOwn(true) }}>Write its successor</button></div>
          </div>
        </section>
        <DeclarationView declaration={status?.declaration} />
      </div>
    )
  }
  return <OwnSource key={opened} name={name} reload={reload} again={() => { setOpened(opened + 1) }} />
}

const OwnSource = ({ name, reload, again }: { readonly name: string, readonly reload: () => void, readonly again: () => void }): JSX.Element => {
  const { value, error, reload: retry } = useQuery(async () => await call('getExtension', { path: { name } }))
  if (value.value === undefined) return <Fault error={error.value} onRetry={retry} />
  return <Opened extension={value.value.body} etag={value.value.etag} reload={reload} again={again} />
}

const Opened = ({ extension: { name, source, builtin, canary }, etag, reload, again }: {
  readonly extension: Extension
  readonly etag: string | undefined
  readonly reload: () => void
  /** Open what the server has now. */
  readonly again: () => void
}): JSX.Element => {
  const [draft] = useState(drafts.get(name))
  const saved = builtin === undefined ? source ?? '' : undefined
  const [text, setText] = useState(draft?.text ?? saved ?? TEMPLATE)
  // The version that is edited: someone else's later one is refused by the API (412).
  const [version, setVersion] = useState(draft?.etag ?? etag)
  const [stored, setStored] = useState(saved)
  const [refused, setRefused] = useState<Checked | undefined>(undefined)
  // The share of the save that was refused because someone was faster; undefined: none was.
  const [stale, setStale] = useState<{ readonly percent: number | undefined } | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const changed = text !== stored

  const change = (next: string): void => {
    setText(next)
    setRefused(undefined)
    if (next === stored) drafts.delete(name)
    else drafts.set(name, { text: next, etag: version })
  }
  const save = async (percent: number | undefined, ifMatch = version): Promise<void> => {
    setBusy(true)
    setStale(undefined)
    try {
      const answer = await call('patchExtension', {
        path: { name },
        body: percent === undefined ? { source: text, builtin: null } : { source: text, builtin: null, canary: { percent } },
        ifMatch
      })
      drafts.delete(name)
      setVersion(answer.etag)
      setStored(text)
      setRefused(undefined)
      toast(percent === undefined ? `${name} has a new version: new connections get it.` : `A canary of ${name} gets ${percent} % of the new connections.`)
      reload()
    } catch (error) {
      if (isStale(error)) setStale({ percent })
      else setRefused(checkedOf(error))
    } finally {
      setBusy(false)
    }
  }
  const discard = (): void => {
    drafts.delete(name)
    again()
  }
  return (
    <>
      {stale !== undefined && (
        <div class="banner warn" role="alert">
          <Icon name="warning" />
          <span class="grow">Someone else has changed {name} since you opened it. What you typed is still here.</span>
          <button type="button" class="button" onClick={() => { void save(stale.percent, '*') }}>Save over theirs</button>
          <button type="button" class="button" onClick={discard}>Open theirs</button>
        </div>
      )}
      <SourceEditor
        text={text} onChange={change} refused={refused}
        actions={(
          <>
            {changed && saved !== undefined && <button type="button" class="button quiet" onClick={discard}>Discard</button>}
            {canary === undefined && <button type="button" class="button" disabled={busy || !changed} onClick={() => { void save(10) }}>Save as canary of 10 %</button>}
            <button type="button" class="button primary" disabled={busy || !changed} onClick={() => { void save(undefined) }}>Save</button>
          </>
        )}
      />
    </>
  )
}
