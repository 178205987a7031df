import type { ManagedCheck } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Field } from '../../ui/field.tsx'
import { chooseMode, chosenMode, type Draft } from './check-draft.ts'

/** Single rules of the Core Rule Set that are left out: they are too many to list, and are named by their numbers. */
export const CrsRules = (
  { check, draft, faults, onEdit }: {
    readonly check: ManagedCheck
    readonly draft: Draft
    readonly faults: ReadonlyMap<string, string>
    readonly onEdit: (draft: Draft) => void
  }
): JSX.Element => {
  const [id, setId] = useState('')
  const listed = new Set(check.status?.checks?.map(({ id }) => id))
  const single = [...new Set([...Object.keys(check.rules), ...Object.keys(draft.rules)])].filter(each =>
    !listed.has(each) && chosenMode(check, draft, each) === 'off'
  )
  const fault = [...faults].find(([path]) => path.startsWith('rules.') && !listed.has(path.slice('rules.'.length)))?.[1]
  return (
    <form
      class="body stack"
      onSubmit={event => {
        event.preventDefault()
        onEdit(chooseMode(check, draft, id, 'off'))
        setId('')
      }}
    >
      <Field label="Leave out a rule of the Core Rule Set" hint="Its number is in the detail of the security event: 942100." fault={fault}>
        {input => (
          <div class="bar">
            <input class="input narrow mono" autocomplete="off" inputMode="numeric" {...input} value={id} onInput={event => { setId(event.currentTarget.value.trim()) }} />
            <button type="submit" class="button" disabled={!/^[A-Za-z0-9]{1,16}$/.test(id)}>Leave out</button>
          </div>
        )}
      </Field>
      {single.length > 0 && (
        <ul class="bar" aria-label="Rules that are left out">
          {single.map(each => <li key={each}><button type="button" class="chip" title="Look at it again" onClick={() => { onEdit(chooseMode(check, draft, each, 'default')) }}><span class="mono">{each}</span> <span aria-hidden="true">×</span></button></li>)}
        </ul>
      )}
    </form>
  )
}
