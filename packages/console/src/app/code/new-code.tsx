import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { fieldErrors } from '../api/api.ts'
import { go, hrefOf, place } from '../router/router.ts'
import { Field } from '../ui/field.tsx'
import { toast } from '../ui/toast.tsx'
import type { CodeKind } from './code-kind.ts'
import { NEW } from './drafts.ts'
import { checkedOf, type Checked } from './source-check.ts'
import { SourceEditor } from './source-editor.tsx'

/** Creates something of a name and a source. */
export const NewCode = <D,>({ kind, reload }: { readonly kind: CodeKind<D>, readonly reload: () => Promise<void> }): JSX.Element => {
  const { page, noun, all, template, drafts } = kind
  const suggested = place.value.query.get('new') ?? ''
  const draft = drafts.get(NEW)
  const [name, setName] = useState(suggested === '1' ? draft?.name ?? '' : suggested)
  const [text, setText] = useState(draft?.text ?? template)
  const [opened, setOpened] = useState(0)
  const [refused, setRefused] = useState<Checked | undefined>(undefined)
  const [fault, setFault] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const keep = (name: string, text: string): void => {
    setName(name)
    setText(text)
    drafts.set(NEW, { text, etag: undefined, name })
  }
  const discard = (): void => {
    drafts.delete(NEW)
    setName('')
    setText(template)
    setFault(undefined)
    setRefused(undefined)
    setOpened(opened + 1)
  }
  const create = async (): Promise<void> => {
    setBusy(true)
    setFault(undefined)
    try {
      await kind.create(name, text)
      drafts.delete(NEW)
      // Its page is there only when it is among those that were loaded.
      await reload()
      toast(kind.created(name))
      go(hrefOf([page, name]))
    } catch (error) {
      const ofName = fieldErrors(error).get('name')
      const said = checkedOf(error)
      if (ofName !== undefined || said.faults.length === 0) setFault(ofName ?? said.words)
      else setRefused(said)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <div class="bar"><a href={hrefOf([page])}>{all}</a><span class="muted" aria-hidden="true">/</span><h2>New {noun}</h2></div>
      <div class="new-name">
        <Field label="Name" hint={kind.nameHint} fault={fault}>
          {input => <input class="input" autoComplete="off" spellcheck={false} value={name} onInput={event => { keep(event.currentTarget.value, text) }} {...input} />}
        </Field>
      </div>
      <SourceEditor
        key={opened} kind={kind} text={text} refused={refused}
        onChange={next => {
          setRefused(undefined)
          keep(name, next)
        }}
        actions={(
          <>
            {draft !== undefined && <button type="button" class="button quiet" onClick={discard}>Discard</button>}
            <button type="button" class="button primary" disabled={busy} onClick={() => { void create() }}>Create</button>
          </>
        )}
      />
    </>
  )
}
