import type { JSX } from 'preact'

/** A field that narrows a table as one types. */
export const Filter = ({ label, value, onInput }: { readonly label: string, readonly value: string, readonly onInput: (value: string) => void }): JSX.Element => (
  <input class="input filter" type="search" aria-label={label} placeholder={label} value={value} onInput={event => { onInput(event.currentTarget.value) }} />
)

/** A filter that the address has, and that a click ends. */
export const Chip = ({ name, value, onRemove }: { readonly name: string, readonly value: string, readonly onRemove: () => void }): JSX.Element => (
  <button type="button" class="chip" onClick={onRemove} title="Remove this filter">
    <span class="muted">{name}</span> <bdi class="name">{value}</bdi> <span aria-hidden="true">×</span>
  </button>
)
