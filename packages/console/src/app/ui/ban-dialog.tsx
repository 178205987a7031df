import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call, fieldErrors, wordsOf } from '../api/api.ts'
import { durationText } from '../format/times.ts'
import { Dialog } from './dialog.tsx'
import { Fault } from './fault.tsx'
import { Field } from './field.tsx'
import { toast } from './toast.tsx'

/** Whom to ban, and from where. */
export interface BanQuestion {
  /** Empty: it is typed. */
  readonly address: string
  /** A remark to begin with. */
  readonly comment?: string
  /** A connection of the address, which can be ended at once. */
  readonly connection?: string | undefined
  readonly onDone?: () => void
}

const asked = signal<BanQuestion | undefined>(undefined)

/** Ask for how long an address shall be banned, and ban it. */
export const askToBan = (question: BanQuestion): void => { asked.value = question }

/** Returns the address of a client that is written with its port: `127.0.0.1:50123`, `[::1]:50123`. */
export const addressOf = (client: string): string =>
  client.slice(0, Math.max(0, client.lastIndexOf(':'))).replaceAll(/^\[|\]$/g, '')

const HOUR = 3600
const times = [600, HOUR, 24 * HOUR, 7 * 24 * HOUR, 30 * 24 * HOUR] as const

/** Where the question of `askToBan` is shown; the shell has it once. */
export const BanDialog = (): JSX.Element | null => asked.value === undefined ? null : <Asked question={asked.value} />

const Asked = ({ question }: { readonly question: BanQuestion }): JSX.Element => {
  const [address, setAddress] = useState(question.address)
  const [seconds, setSeconds] = useState<number>(HOUR)
  const [comment, setComment] = useState(question.comment ?? '')
  const [ends, setEnds] = useState(question.connection !== undefined)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(undefined)
  const faults = fieldErrors(error)
  const close = (): void => { asked.value = undefined }
  const ban = async (): Promise<void> => {
    setBusy(true)
    try {
      const { body } = await call('setBan', { body: { address, seconds, ...comment === '' ? {} : { comment } } })
      toast(`${body.address} is banned for ${durationText(seconds * 1000)}.`)
      question.onDone?.()
      close()
      // It may have ended by itself.
      if (ends)
        await call('killConnection', { path: { id: question.connection! } }).catch((failed: unknown) => {
          toast(wordsOf(failed), 'bad')
        })
    } catch (failed) {
      setError(failed)
      setBusy(false)
    }
  }
  return (
    <Dialog title="Ban an address" onClose={close}>
      <p>No user vserver accepts its clients until the ban ends. Open connections stay, and a ban can be lifted at any time. The API is never behind bans.</p>
      {error !== undefined && faults.size === 0 && <Fault error={error} />}
      <Field label="Address" hint="Of an IPv6 address its network of 64 bits is banned." fault={faults.get('address')}>
        {input => <input class="input mono" autocomplete="off" spellcheck={false} {...input} value={address} onInput={event => { setAddress(event.currentTarget.value.trim()) }} />}
      </Field>
      <Field label="For" fault={faults.get('seconds')}>
        {input => (
          <select class="input" {...input} value={seconds} onChange={event => { setSeconds(Number(event.currentTarget.value)) }}>
            {times.map(each => <option key={each} value={each}>{durationText(each * 1000)}</option>)}
          </select>
        )}
      </Field>
      <Field label="Comment" fault={faults.get('comment')}>
        {input => <input class="input" autocomplete="off" {...input} value={comment} onInput={event => { setComment(event.currentTarget.value) }} />}
      </Field>
      {question.connection !== undefined && <label class="bar"><input type="checkbox" checked={ends} onChange={event => { setEnds(event.currentTarget.checked) }} /> End the connection {question.connection} as well</label>}
      <div class="actions">
        <button type="button" class="button" onClick={close}>Cancel</button>
        <button type="button" class="button danger" disabled={busy || address === ''} onClick={() => { void ban() }}>Ban</button>
      </div>
    </Dialog>
  )
}
