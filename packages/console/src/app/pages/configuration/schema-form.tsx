import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Field, type FieldInput } from '../../ui/field.tsx'
import { Words } from '../../ui/words.tsx'
import { defaultText, freshValue, shapeOf, type Resolve, type Schema, type Shape } from './schema.ts'
import { equal } from './values.ts'

type Fields = Readonly<Record<string, unknown>>

/** What every part of a form is given. */
interface Part<T> {
  readonly schema: Schema
  readonly value: T
  /** `limits.heapMb`; empty for the whole. */
  readonly path: string
  readonly faults: ReadonlyMap<string, string>
  readonly resolve: Resolve
  readonly onChange: (value: T) => void
}

/** An input of a page's own for a field. */
export type CustomInput = (
  input: { readonly value: unknown, readonly fault: string | undefined, readonly onChange: (value: unknown) => void }
) => JSX.Element

const within = (path: string, name: string): string => path === '' ? name : `${path}.${name}`
const isWide = ({ is }: Shape): boolean => is === 'object' || is === 'list' || is === 'variants'

/**
 * Inputs for the fields of an object, by its schema alone: names, words, choices, bounds and defaults are the API's.
 * `fixed`: fields that are not shown. `inputs`: inputs in place of those that the schema gives, by field.
 */
export const SchemaForm = (
  { schema, value, path, faults, resolve, onChange, fixed = [], inputs = {} }: Part<Fields> & {
    readonly fixed?: readonly string[]
    readonly inputs?: Readonly<Record<string, CustomInput>>
  }
): JSX.Element => {
  const shape = shapeOf(schema, resolve)
  if (shape.is === 'variants') return <Variants shape={shape} value={value} path={path} faults={faults} resolve={resolve} schema={schema} onChange={onChange} fixed={fixed} />
  const required = new Set(schema.required)
  const parts = Object.entries(schema.properties ?? {}).filter(([name, of]) =>
    !fixed.includes(name) && inputs[name] === undefined && resolve(of).readOnly !== true && name !== 'status'
  )
    .map(([name, of]) => ({ name, of: resolve(of), shape: shapeOf(resolve(of), resolve) }))
  const change = (name: string, to: unknown): void => {
    const { [name]: _, ...rest } = value
    onChange(to === undefined ? rest : { ...value, [name]: to })
  }
  const partFor = (name: string, of: Schema): Part<unknown> => ({
    schema: of,
    value: value[name],
    path: within(path, name),
    faults,
    resolve,
    onChange: to => {
      change(name, to)
    }
  })
  return (
    <div class="stack">
      {Object.entries(inputs).map(([name, Input]) => <Input key={name} value={value[name]} fault={faults.get(within(path, name))} onChange={to => { change(name, to) }} />)}
      <div class="form-grid">
        {parts.filter(({ shape }) => !isWide(shape)).map(({ name, of, shape }) => (
          <Leaf key={name} {...partFor(name, of)} name={name} shape={shape} required={required.has(name)} />
        ))}
      </div>
      {parts.filter(({ shape }) => isWide(shape)).map(({ name, of, shape }) => shape.is === 'list'
        ? <List key={name} {...partFor(name, of)} name={name} of={shape.of} />
        : <Nested key={name} {...partFor(name, of)} name={name} required={required.has(name)} />)}
    </div>
  )
}

/** Objects of several kinds: first which, then its fields. */
const Variants = (
  { shape: { by, of }, value, fixed = [], ...part }: Part<Fields> & {
    readonly shape: Extract<Shape, { is: 'variants' }>
    readonly fixed?: readonly string[]
  }
): JSX.Element => {
  const kindOf = (variant: Schema): string => String(variant.properties![by]!.const)
  const chosen = of.find(variant => kindOf(variant) === value[by]) ?? of[0]!
  const own = chosen.properties![by]!
  return (
    <div class="stack">
      <div class="form-grid">
        <Field label={by} hint={own.description === undefined ? undefined : <Words text={own.description} />} fault={part.faults.get(within(part.path, by))}>
          {input => (
            <select class="input" {...input} value={kindOf(chosen)} onChange={event => { part.onChange({ ...(value['name'] === undefined ? {} : { name: value['name'] }), [by]: event.currentTarget.value }) }}>
              {of.map(variant => <option key={kindOf(variant)} value={kindOf(variant)}>{kindOf(variant)}</option>)}
            </select>
          )}
        </Field>
      </div>
      <SchemaForm {...part} schema={chosen} value={value} fixed={[...fixed, by]} />
    </div>
  )
}

/** An object within: open where it is set. */
const Nested = (
  { name, value, required, ...part }: Part<unknown> & { readonly name: string, readonly required: boolean }
): JSX.Element => {
  const fault = part.faults.get(part.path)
  const inside = [...part.faults.keys()].some(path =>
    path.startsWith(`${part.path}.`) || path.startsWith(`${part.path}[`)
  )
  const isSet = value !== undefined
  return (
    <details class="form-part" open={isSet || required || inside}>
      <summary>
        <span class="form-name">{name}</span>
        <span class="muted">{isSet ? 'set' : required ? 'required' : 'not set'}</span>
      </summary>
      {part.schema.description !== undefined && <p class="hint"><Words text={part.schema.description} /></p>}
      {fault !== undefined && <p class="fault" role="alert">{fault}</p>}
      <SchemaForm {...part} value={(value ?? {}) as Fields} onChange={part.onChange} />
      <div class="bar">
        {isSet
          ? <button type="button" class="button quiet" onClick={() => { part.onChange(undefined) }}>Remove {name}</button>
          : <button type="button" class="button quiet" onClick={() => { part.onChange(freshValue(part.schema, part.resolve)) }}>Set {name}, all by default</button>}
      </div>
    </details>
  )
}

/** A list of objects. */
const List = (
  { name, value, of, ...part }: Part<unknown> & { readonly name: string, readonly of: Schema }
): JSX.Element => {
  const items = (value ?? []) as readonly Fields[]
  const fault = part.faults.get(part.path)
  const byDefault = value === undefined ? defaultText(part.schema) : undefined
  const inside = [...part.faults.keys()].some(path => path.startsWith(`${part.path}[`))
  return (
    <details class="form-part" open={items.length > 0 || inside}>
      <summary>
        <span class="form-name">{name}</span>
        <span class="muted">{value === undefined ? byDefault === undefined || byDefault === 'none' ? 'none' : 'by default' : `${items.length}`}</span>
      </summary>
      {part.schema.description !== undefined && <p class="hint"><Words text={part.schema.description} /></p>}
      {byDefault !== undefined && byDefault !== 'none' && <p class="hint">By default: <code>{byDefault}</code></p>}
      {fault !== undefined && <p class="fault" role="alert">{fault}</p>}
      {items.map((item, at) => (
        <fieldset key={at} class="form-item">
          <legend>{name} {at + 1}</legend>
          <SchemaForm {...part} schema={of} value={item} path={`${part.path}[${at}]`} onChange={to => { part.onChange(items.with(at, to)) }} />
          <button type="button" class="button quiet" onClick={() => { part.onChange(items.toSpliced(at, 1)) }}>Remove {name} {at + 1}</button>
        </fieldset>
      ))}
      <div class="bar">
        <button type="button" class="button" onClick={() => { part.onChange([...items, freshValue(of, part.resolve)]) }}>Add to {name}</button>
        {value !== undefined && <button type="button" class="button quiet" onClick={() => { part.onChange(undefined) }}>Back to the default</button>}
      </div>
    </details>
  )
}

/** One input. */
const Leaf = (
  { name, shape, required, ...part }: Part<unknown> & {
    readonly name: string
    readonly shape: Shape
    readonly required: boolean
  }
): JSX.Element => {
  const byDefault = defaultText(part.schema)
  const hint = hintOf(part.schema)
  const label = `${name}${required && part.schema.default === undefined ? ' (required)' : ''}`
  return (
    <Field
      label={label}
      hint={hint === undefined ? undefined : <Words text={hint} />}
      fault={part.faults.get(part.path)}
    >
      {input => {
        switch (shape.is) {
          case 'choice': return <Choice {...part} input={input} choices={shape.choices} byDefault={byDefault} required={required} />
          case 'number': return <input class="input" type="number" step="any" {...input} placeholder={byDefault} value={part.value === undefined ? '' : String(part.value)} onInput={({ currentTarget: { value } }) => { part.onChange(value === '' ? undefined : Number(value)) }} />
          case 'text': return shape.long
            ? <textarea class="input" rows={6} spellcheck={false} {...input} placeholder={byDefault} value={textOf(part.value)} onInput={({ currentTarget: { value } }) => { part.onChange(value === '' ? undefined : value) }} />
            : <input class="input" autocomplete="off" spellcheck={false} {...input} placeholder={byDefault} value={textOf(part.value)} onInput={({ currentTarget: { value } }) => { part.onChange(value === '' ? undefined : value) }} />
          case 'lines': return <Written {...part} input={input} byDefault={byDefault} write={lines => ((lines ?? []) as readonly string[]).join('\n')} read={text => text.split('\n').map(line => line.trim()).filter(Boolean)} />
          default: return <Written {...part} input={input} byDefault={byDefault} write={value => JSON.stringify(value, undefined, 2)} read={text => JSON.parse(text) as unknown} />
        }
      }}
    </Field>
  )
}

const textOf = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)

/** The API's description, with the bounds. */
const hintOf = ({ description, minimum, maximum, type }: Schema): string | undefined => {
  const bounds = minimum !== undefined && maximum !== undefined && Math.abs(maximum) < Number.MAX_SAFE_INTEGER
    ? `${minimum} to ${maximum}.`
    : undefined
  const lines = type === 'array' ? 'One on each line.' : undefined
  return [description, bounds, lines].filter(Boolean).join(' ') || undefined
}

const Choice = ({ input, choices, value, byDefault, required, onChange }: Part<unknown> & { readonly input: FieldInput, readonly choices: readonly (string | boolean)[], readonly byDefault: string | undefined, readonly required: boolean }): JSX.Element => (
  <select class="input" {...input} value={value === undefined ? '' : String(value)} onChange={({ currentTarget: { value } }) => { onChange(value === '' ? undefined : choices.find(choice => String(choice) === value)) }}>
    <option value="">{byDefault !== undefined ? `default: ${byDefault}` : required ? 'choose' : 'not set'}</option>
    {choices.map(choice => <option key={String(choice)} value={String(choice)}>{String(choice)}</option>)}
  </select>
)

/**
 * A value that is written as text. What is typed stays as it is typed; what cannot be read is sent as the text that it
 * is, so that the API refuses it in its own words.
 */
const Written = ({ input, value, byDefault, read, write, onChange }: Part<unknown> & {
  readonly input: FieldInput
  readonly byDefault: string | undefined
  readonly read: (text: string) => unknown
  readonly write: (value: unknown) => string
}): JSX.Element => {
  const shown = (): string => value === undefined ? '' : typeof value === 'string' ? value : write(value)
  const [text, setText] = useState(shown)
  const valueOf = (typed: string): unknown => {
    try {
      return typed.trim() === '' ? undefined : read(typed)
    } catch {
      return typed
    }
  }
  useEffect(() => { if (!equal(valueOf(text), value)) setText(shown()) }, [value])
  return (
    <textarea
      class="input" rows={3} spellcheck={false} {...input} placeholder={byDefault} value={text}
      onInput={({ currentTarget: { value: typed } }) => {
        setText(typed)
        onChange(valueOf(typed))
      }}
    />
  )
}
