import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { wordsOf } from '../api/api.ts'
import { Dialog } from './dialog.tsx'
import { Icon } from './icon.tsx'

/** Something that is done after a second look. */
export interface Question {
  readonly title: string
  /** What it will do, and to whom. */
  readonly text: string
  /** The button's word: the verb. */
  readonly verb: string
  readonly danger?: boolean
  /** Its error is shown in the dialog, which stays open. */
  run (): Promise<void>
}

const asked = signal<Question | undefined>(undefined)

/** Ask before something is done. */
export const confirm = (question: Question): void => { asked.value = question }

/** Where the question of `confirm` is shown; the shell has it once. */
export const ConfirmDialog = (): JSX.Element | null =>
  asked.value === undefined ? null : <Asked key={asked.value.title} question={asked.value} />

const Asked = ({ question }: { readonly question: Question }): JSX.Element => {
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<string | undefined>(undefined)
  const close = (): void => { asked.value = undefined }
  const run = async (): Promise<void> => {
    setBusy(true)
    try {
      await question.run()
      close()
    } catch (error) {
      setFault(wordsOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog title={question.title} onClose={close}>
      <p class="name">{question.text}</p>
      {fault !== undefined && <div class="fault" role="alert"><Icon name="warning" size={12} />{fault}</div>}
      <div class="actions">
        <button type="button" class="button" onClick={close}>Cancel</button>
        <button type="button" class={`button ${question.danger === true ? 'danger' : 'primary'}`} disabled={busy} onClick={() => { void run() }}>{question.verb}</button>
      </div>
    </Dialog>
  )
}
