import type { JSX } from 'preact'
import { offsetText } from '../../format/times.ts'
import { Field } from '../../ui/field.tsx'
import type { CustomInput } from './schema-form.tsx'

const HOUR_MS = 3_600_000
const spans = [['1 hour', HOUR_MS], ['1 day', 24 * HOUR_MS], ['7 days', 7 * 24 * HOUR_MS]] as const

/** Returns a time as inputs of the viewer's zone have it: `2026-11-30T21:04`. */
const localText = (time: Date): string =>
  new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)

/** When something ends, in the viewer's zone; the API has it in UTC. */
export const ExpiryInput: CustomInput = ({ value, fault, onChange }): JSX.Element => {
  const time = typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value) : undefined
  return (
    <Field label="expiresAt" hint={`When it ends, in your zone (${offsetText(time ?? new Date())}). Empty: never. Afterwards it stays in the configuration without effect, and Weir removes it an hour later.`} fault={fault}>
      {input => (
        <div class="bar">
          <input class="input expiry" type="datetime-local" {...input} value={time === undefined ? '' : localText(time)} onInput={({ currentTarget: { value: typed } }) => { onChange(typed === '' ? undefined : new Date(typed).toISOString()) }} />
          {spans.map(([word, ms]) => <button key={word} type="button" class="button" onClick={() => { onChange(new Date(Math.ceil((Date.now() + ms) / 60_000) * 60_000).toISOString()) }}>In {word}</button>)}
          <button type="button" class="button quiet" disabled={value === undefined} onClick={() => { onChange(undefined) }}>Never</button>
        </div>
      )}
    </Field>
  )
}
