import type { ValidatedExpression } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { call, wordsOf } from '../../api/api.ts'
import { Field } from '../../ui/field.tsx'
import { conditionsOf, expressionOf, operators, type Condition, type Conditions, type Operator } from './conditions.ts'
import type { CustomInput } from './schema-form.tsx'

/** Time after which an expression that nobody goes on with is checked, in milliseconds. */
const IDLE_MS = 250

/** An expression of rules: as lines of a field, an operator and a value, and as text; either changes the other. */
export const ExpressionInput: CustomInput = ({ value, fault, onChange }) => {
  const expression = typeof value === 'string' ? value : ''
  const conditions = conditionsOf(expression)
  const checked = useValidated(expression)
  const change = (to: Conditions): void => { onChange(expressionOf(to)) }
  return (
    <section class="form-part expression" aria-label="Expression">
      {conditions === undefined
        ? <p class="hint">This expression says more than the builder has lines for. It goes on as text.</p>
        : <Builder conditions={conditions} onChange={change} />}
      <Field label="expression (required)" hint={<Findings checked={checked} />} fault={fault ?? (checked === undefined || checked.valid ? undefined : faultText(checked))}>
        {input => <textarea class="input" rows={3} spellcheck={false} {...input} value={expression} onInput={event => { onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value) }} />}
      </Field>
    </section>
  )
}

const faultText = ({ faults: [fault] }: ValidatedExpression): string =>
  fault === undefined
    ? 'It is invalid.'
    : `Line ${fault.line}, column ${fault.column}: ${fault.message}${
      fault.expected.length > 0 ? `; expected ${fault.expected.slice(0, 12).join(', ')}` : ''
    }`

const Findings = ({ checked }: { readonly checked: ValidatedExpression | undefined }): JSX.Element => checked?.valid === true
  ? <>Looked at from phase {checked.phase} on, at {checked.userVservers.length === 0 ? 'no user vserver yet' : checked.userVservers.join(', ')}.</>
  : <>Fields and functions are listed in the reference of rules.</>

/** What the API says of an expression, while it is typed; undefined: nothing yet, or there is none. */
const useValidated = (expression: string): ValidatedExpression | undefined => {
  const [checked, setChecked] = useState<ValidatedExpression | undefined>(undefined)
  useEffect(() => {
    if (expression === '') {
      setChecked(undefined)
      return () => {}
    }
    let ended = false
    const timer = setTimeout(() => {
      call('validateRule', { body: { expression } }).then(({ body }) => {
        if (!ended) setChecked(body)
      }, (error: unknown) => {
        if (!ended)
          setChecked({
            valid: false,
            fields: [],
            userVservers: [],
            faults: [{ message: wordsOf(error), line: 1, column: 1, offset: 0, expected: [] }]
          })
      })
    }, IDLE_MS)
    return () => {
      ended = true
      clearTimeout(timer)
    }
  }, [expression])
  return checked
}

const fresh: Condition = { field: 'ip.src', op: 'eq', value: '127.0.0.1' }

const Builder = ({ conditions, onChange }: { readonly conditions: Conditions, readonly onChange: (to: Conditions) => void }): JSX.Element => (
  <div class="stack">
    {conditions.map((group, at) => (
      <fieldset key={at} class="form-item">
        <legend>{at === 0 ? 'If' : 'Or if'}</legend>
        {group.map((condition, line) => (
          <Line
            key={line}
            condition={condition}
            label={`${at + 1}.${line + 1}`}
            first={line === 0}
            onChange={to => {
              onChange(conditions.with(at, group.with(line, to)))
            }}
            onRemove={() => {
              onChange(group.length === 1 ? conditions.toSpliced(at, 1) : conditions.with(at, group.toSpliced(line, 1)))
            }}
          />
        ))}
        <div class="bar"><button type="button" class="button quiet" onClick={() => { onChange(conditions.with(at, [...group, fresh])) }}>{group.length === 0 ? 'Add a condition' : 'And'}</button></div>
      </fieldset>
    ))}
    <div class="bar"><button type="button" class="button" onClick={() => { onChange([...conditions, [fresh]]) }}>Or</button></div>
  </div>
)

const Line = ({ condition: { field, op, value }, label, first, onChange, onRemove }: { readonly condition: Condition, readonly label: string, readonly first: boolean, readonly onChange: (to: Condition) => void, readonly onRemove: () => void }): JSX.Element => (
  <div class="condition">
    <span class="muted">{first ? '' : 'and'}</span>
    <input class="input" aria-label={`Field ${label}`} spellcheck={false} value={field} onInput={event => { onChange({ field: event.currentTarget.value, op, value }) }} />
    <select class="input" aria-label={`Operator ${label}`} value={op} onChange={event => { onChange({ field, op: event.currentTarget.value as Operator, value }) }}>
      {operators.map(each => <option key={each} value={each}>{each}</option>)}
    </select>
    {op.startsWith('is ') ? <span /> : <input class="input" aria-label={`Value ${label}`} spellcheck={false} value={value} onInput={event => { onChange({ field, op, value: event.currentTarget.value }) }} />}
    <button type="button" class="button quiet" aria-label={`Remove condition ${label}`} onClick={onRemove}>Remove</button>
  </div>
)
