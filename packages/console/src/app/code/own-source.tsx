import type { ConfigPlan } from '@weirlb/admin/client'
import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import { isStale } from '../api/api.ts'
import { plan } from '../api/changes.ts'
import { useQuery } from '../api/query.ts'
import { Fault } from '../ui/fault.tsx'
import { Field } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { PlanDialog } from '../ui/plan-dialog.tsx'
import { toast } from '../ui/toast.tsx'
import type { CodeKind, CodePatch, StoredCode } from './code-kind.ts'
import { checkedOf, type Checked } from './source-check.ts'
import { SourceEditor } from './source-editor.tsx'

/** How a text is saved: for all, or as a canary. */
export type SaveAs = 'version' | 'canary'

interface SourceInput<D> {
  readonly kind: CodeKind<D>
  readonly name: string
  /** The first is what the button in front does. */
  readonly ways: readonly SaveAs[]
  /** What is to be known of the text. */
  readonly note?: ComponentChildren
  readonly reload: () => void
}

/** The source of something that is stored, to change it. */
export const OwnSource = <D,>({ load, ...input }: SourceInput<D> & { readonly load: () => Promise<StoredCode> }): JSX.Element => {
  const [opened, setOpened] = useState(0)
  const { value, error, reload } = useQuery(load, `${input.name} ${opened}`)
  if (value.value === undefined) return <Fault error={error.value} onRetry={reload} />
  return <Opened key={opened} stored={value.value} again={() => { setOpened(opened + 1) }} {...input} />
}

/** What a save would do, as the server says. */
interface Planned { readonly way: SaveAs, readonly ifMatch: string | undefined, readonly plan: ConfigPlan }

const Opened = <D,>({ kind, name, ways, note, stored: first, reload, again }: SourceInput<D> & {
  readonly stored: StoredCode
  /** Open what the server has now. */
  readonly again: () => void
}): JSX.Element => {
  const { drafts, collection } = kind
  const [draft] = useState(drafts.get(name))
  const [text, setText] = useState(draft?.text ?? first.source ?? kind.template)
  // The version that is edited: someone else's later one is refused by the API (412).
  const [version, setVersion] = useState(draft?.etag ?? first.etag)
  const [stored, setStored] = useState(first.source)
  const [refused, setRefused] = useState<Checked | undefined>(undefined)
  // How the save was meant that was refused because someone was faster; undefined: none was.
  const [stale, setStale] = useState<SaveAs | undefined>(undefined)
  const [planned, setPlanned] = useState<Planned | undefined>(undefined)
  const [percent, setPercent] = useState(10)
  const [busy, setBusy] = useState(false)
  const changed = text !== stored

  const change = (next: string): void => {
    setText(next)
    setRefused(undefined)
    if (next === stored) drafts.delete(name)
    else drafts.set(name, { text: next, etag: version })
  }
  const patchOf = (way: SaveAs): CodePatch => way === 'canary' ? { canary: { percent, source: text, builtin: null } } : collection === 'extensions' ? { source: text, builtin: null } : { source: text }
  const failed = (error: unknown, way: SaveAs): void => {
    setPlanned(undefined)
    if (isStale(error)) setStale(way)
    else setRefused(checkedOf(error))
  }
  const review = async (way: SaveAs, ifMatch = version): Promise<void> => {
    setBusy(true)
    setStale(undefined)
    try {
      setPlanned({ way, ifMatch, plan: await plan(collection, { action: 'patch', name, value: patchOf(way) as Readonly<Record<string, unknown>> }) })
      setRefused(undefined)
    } catch (error) {
      failed(error, way)
    } finally {
      setBusy(false)
    }
  }
  const save = async ({ way, ifMatch }: Planned): Promise<void> => {
    try {
      setVersion(await kind.patch(name, patchOf(way), ifMatch))
      drafts.delete(name)
      setStored(text)
      setPlanned(undefined)
      toast(way === 'version' ? kind.saved(name) : `A canary of ${name} gets ${percent} % of the new connections.`)
      reload()
    } catch (error) {
      failed(error, way)
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
          <button type="button" class="button" onClick={() => { void review(stale, '*') }}>Save over theirs</button>
          <button type="button" class="button" onClick={discard}>Open theirs</button>
        </div>
      )}
      {note}
      <SourceEditor
        kind={kind} text={text} onChange={change} refused={refused}
        actions={(
          <>
            {changed && stored !== undefined && <button type="button" class="button quiet" onClick={discard}>Discard</button>}
            {ways.toReversed().map(way => (
              <button key={way} type="button" class={`button ${way === ways[0] ? 'primary' : ''}`} disabled={busy || !changed} onClick={() => { void review(way) }}>
                {way === 'version' ? 'Save' : 'Save as canary'}
              </button>
            ))}
          </>
        )}
      />
      {planned !== undefined && (
        <PlanDialog plan={planned.plan} verb={planned.way === 'version' ? 'Save' : `Save as canary of ${percent} %`} onApply={async () => { await save(planned) }} onClose={() => { setPlanned(undefined) }}>
          {planned.way === 'canary' && (
            <Field label={`Share of new connections: ${percent} %`} hint="The others get the version that runs. The share can be moved later, under Versions.">
              {input => <input type="range" min={1} max={100} value={percent} aria-valuetext={`${percent} %`} {...input} onInput={event => { setPercent(event.currentTarget.valueAsNumber) }} />}
            </Field>
          )}
        </PlanDialog>
      )}
    </>
  )
}
