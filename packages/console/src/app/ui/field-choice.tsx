import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { fieldErrors, wordsOf } from '../api/api.ts'
import { Icon } from './icon.tsx'
import { propose } from './propose.tsx'

/** A field of an entity that is chosen among words, where it is shown; what the choice would do is shown first. */
export const FieldChoice = ({ collection, name, field, value, choices, onDone }: {
  readonly collection: string
  readonly name: string
  readonly field: string
  readonly value: string
  readonly choices: readonly string[]
  readonly onDone: () => void
}): JSX.Element => {
  const [fault, setFault] = useState<string | undefined>(undefined)
  const failed = (error: unknown): void => { setFault([...fieldErrors(error).values()][0] ?? wordsOf(error)) }
  const choose = async (select: HTMLSelectElement): Promise<void> => {
    const to = select.value
    // What is shown is what is; it changes when the change is applied.
    select.value = value
    try {
      await propose({
        collection,
        change: { action: 'patch', name, value: { [field]: to } },
        said: `${name}: ${field} is ${to} now`,
        onDone,
        onFailed: failed
      })
      setFault(undefined)
    } catch (error) {
      failed(error)
    }
  }
  return (
    <>
      <select class="input narrow" aria-label={`${field} of ${name}`} aria-invalid={fault !== undefined} value={value} onChange={event => { void choose(event.currentTarget) }}>
        {choices.map(choice => <option key={choice} value={choice}>{choice}</option>)}
      </select>
      {fault !== undefined && <div class="fault" role="alert"><Icon name="warning" size={12} />{fault}</div>}
    </>
  )
}
