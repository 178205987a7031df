import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'
import { Icon } from './icon.tsx'

/** Attributes that tie an input to its label, its hint and its fault. */
export interface FieldInput {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': boolean
}

/**
 * A label, an input, a hint, and the API's words about the value, in this order:
 *
 *     <Field label="Address" fault={faults.get('address')}>{input => <input class="input" {...input} />}</Field>
 */
export const Field = ({ label, hint, fault, children }: {
  readonly label: string
  readonly hint?: ComponentChildren
  readonly fault?: string | undefined
  readonly children: (input: FieldInput) => ComponentChildren
}): JSX.Element => {
  const id = useId()
  const described = [hint !== undefined && `${id}-hint`, fault !== undefined && `${id}-fault`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': described === '' ? undefined : described, 'aria-invalid': fault !== undefined })}
      {hint !== undefined && <div class="hint" id={`${id}-hint`}>{hint}</div>}
      {fault !== undefined && <div class="fault" id={`${id}-fault`} role="alert"><Icon name="warning" size={12} />{fault}</div>}
    </div>
  )
}
