import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { clientWith, wordsOf } from '../api/api.ts'
import { signIn, wanted } from '../api/sign-in.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'

/** Asks for an API token, above whatever is open: nothing that was typed there is lost. */
export const SignInDialog = (): JSX.Element | null => wanted.value === undefined ? null : <Asked />

const Asked = (): JSX.Element => {
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const submit = async (): Promise<void> => {
    const given = text.trim()
    if (!/^[\x21-\x7e]+$/.test(given)) {
      setFault('A token is printable ASCII without spaces.')
      return
    }
    setBusy(true)
    try {
      await clientWith(given).call('getHealth')
      signIn(given)
    } catch (error) {
      setFault(wordsOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog title="Sign in to Weir">
      <p class="muted name">{wanted.value}</p>
      <form
        class="stack"
        onSubmit={event => {
          event.preventDefault()
          void submit()
        }}
      >
        <Field label="API token" hint="It is kept for this tab only, and gone when the tab is closed." fault={fault}>
          {input => <input class="input mono" type="password" autoComplete="off" spellcheck={false} autoFocus value={text} onInput={event => { setText(event.currentTarget.value) }} {...input} />}
        </Field>
        <div class="actions"><button type="submit" class="button primary" disabled={busy}>Sign in</button></div>
      </form>
    </Dialog>
  )
}
