import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call, fieldErrors } from '../../api/api.ts'
import { go, hrefOf, place } from '../../router/router.ts'
import { Field } from '../../ui/field.tsx'
import { toast } from '../../ui/toast.tsx'
import { drafts, NEW, TEMPLATE } from './drafts.ts'
import { checkedOf, type Checked } from './source-check.ts'
import { SourceEditor } from './source-editor.tsx'

/** Creates an extension of a name and a source. */
export const NewExtension = (): JSX.Element => {
  const suggested = place.value.query.get('new') ?? ''
  const [name, setName] = useState(suggested === '1' ? '' : suggested)
  const [text, setText] = useState(drafts.get(NEW)?.text ?? TEMPLATE)
  const [refused, setRefused] = useState<Checked | undefined>(undefined)
  const [fault, setFault] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const create = async (): Promise<void> => {
    setBusy(true)
    setFault(undefined)
    try {
      await call('createExtension', { body: { name, source: text } })
      drafts.delete(NEW)
      toast(`${name} is there. A user protocol can name it now.`)
      go(hrefOf(['extensions', name]))
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
      <div class="bar"><a href={hrefOf(['extensions'])}>All extensions</a><span class="muted" aria-hidden="true">/</span><h2>New extension</h2></div>
      <div class="new-name">
        <Field label="Name" hint="User protocols name it." fault={fault}>
          {input => <input class="input" autoComplete="off" spellcheck={false} value={name} onInput={event => { setName(event.currentTarget.value) }} {...input} />}
        </Field>
      </div>
      <SourceEditor
        text={text} refused={refused}
        onChange={next => {
          setText(next)
          setRefused(undefined)
          drafts.set(NEW, { text: next, etag: undefined })
        }}
        actions={<button type="button" class="button primary" disabled={busy || name === ''} onClick={() => { void create() }}>Create</button>}
      />
    </>
  )
}
