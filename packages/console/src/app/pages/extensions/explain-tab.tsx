import type { Explanation } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { call, fieldErrors, wordsOf } from '../../api/api.ts'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Field } from '../../ui/field.tsx'
import { CaptureChoice } from './capture-choice.tsx'
import { bytesOfHex, bytesOfText, hexOf, type Notation } from './client-bytes.ts'
import { ExplanationView } from './explanation-view.tsx'
import type { Uses } from './load-extensions.ts'
import { NextUse } from './next-use.tsx'
import { openCapture, type OpenedCapture } from './open-capture.ts'

interface Explained { readonly explanation: Explanation, readonly bytes: Uint8Array }

/** Explains what would become of a client's bytes. */
export const ExplainTab = ({ name, uses }: { readonly name: string, readonly uses: Uses }): JSX.Element => {
  const { vservers } = uses
  const [vserver, setVserver] = useState(vservers[0])
  const [side, setSide] = useState<'client' | 'server'>('client')
  const [notation, setNotation] = useState<Notation>('text')
  const [text, setText] = useState('')
  const [capture, setCapture] = useState<OpenedCapture | undefined>(undefined)
  const [chosen, setChosen] = useState(0)
  const [refused, setRefused] = useState<string | undefined>(undefined)
  const [error, setError] = useState<unknown>(undefined)
  const [explained, setExplained] = useState<Explained | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const [reading, setReading] = useState(false)
  const file = useRef<HTMLInputElement>(null)

  if (vserver === undefined) return <Empty title="No user vserver has this extension"><p>Bytes are explained as those of a client of a user vserver, whose user protocol names the extension.</p><NextUse name={name} uses={uses} /></Empty>
  const stream = capture?.streams[chosen]
  const explain = async (): Promise<void> => {
    const bytes = stream?.bytes ?? (notation === 'text' ? bytesOfText(text) : undefined)
    setBusy(true)
    try {
      const { body } = await call('explain', {
        path: { name: vserver },
        body: { bytes: bytes === undefined ? text : hexOf(bytes), side: stream?.side ?? side, client: stream?.client }
      })
      setExplained({ explanation: body, bytes: bytes ?? bytesOfHex(text) })
      setError(undefined)
    } catch (error) {
      setExplained(undefined)
      setError(error)
    } finally {
      setBusy(false)
    }
  }
  const read = (from: File | undefined): void => {
    if (from === undefined) return
    setRefused(undefined)
    setReading(true)
    openCapture(from).then(
      opened => {
        setCapture(opened)
        setChosen(0)
        setExplained(undefined)
        setError(undefined)
      },
      (error: unknown) => { setRefused(wordsOf(error)) }
    ).finally(() => { setReading(false) })
  }
  const fault = refused ?? fieldErrors(error).get('bytes')
  return (
    <div class="explain-columns">
      <section
        class="panel" aria-label="Bytes"
        onDragOver={event => { event.preventDefault() }}
        onDrop={event => {
          event.preventDefault()
          read(event.dataTransfer?.files[0])
        }}
      >
        <header><h2>Bytes</h2></header>
        <form
          class="body stack"
          onSubmit={event => {
            event.preventDefault()
            void explain()
          }}
        >
          <Field label="Client of">
            {input => <select class="input" value={vserver} onChange={event => { setVserver(event.currentTarget.value) }} {...input}>{vservers.map(name => <option key={name}>{name}</option>)}</select>}
          </Field>
          {stream?.side === undefined && (
            <Field label="Sent by">
              {input => (
                <select class="input" value={side} onChange={event => { setSide(event.currentTarget.value as 'client' | 'server') }} {...input}>
                  <option value="client">the client</option>
                  <option value="server">the server, in reply</option>
                </select>
              )}
            </Field>
          )}
          {capture === undefined
            ? (
              <>
                <fieldset class="bar">
                  <legend class="unseen">Notation</legend>
                  {(['text', 'hex'] as const).map(name => <label key={name} class="bar"><input type="radio" name="notation" checked={notation === name} onChange={() => { setNotation(name) }} />{name === 'text' ? 'Text' : 'Hex'}</label>)}
                </fieldset>
                <Field
                  label={notation === 'text' ? 'Text' : 'Hex digits'}
                  fault={fault}
                  hint={notation === 'text'
                    ? 'UTF-8. \\r, \\n, \\t, \\0, \\\\ and \\x1f are bytes; a new line is \\n.'
                    : 'Two for each byte; space and new lines between them do not count.'}
                >
                  {input => <textarea class="input" rows={8} spellcheck={false} value={text} onInput={event => { setText(event.currentTarget.value) }} {...input} />}
                </Field>
              </>
              )
            : (
              <CaptureChoice
                capture={capture} chosen={chosen} fault={fault} onChoose={setChosen}
                onLeave={() => {
                  setCapture(undefined)
                  setRefused(undefined)
                }}
              />
              )}
          <div class="bar">
            <button type="submit" class="button primary" disabled={busy || reading}>Explain</button>
            <button type="button" class="button" onClick={() => { file.current!.click() }}>Open a file</button>
            <input
              ref={file} type="file" hidden aria-label="File with bytes"
              onChange={event => {
                read(event.currentTarget.files?.[0])
                event.currentTarget.value = ''
              }}
            />
          </div>
          <p class="muted">Nothing is sent, counted or pinned. A file can be dropped here: a capture of tcpdump or Wireshark, or bytes as they came over the wire.</p>
        </form>
      </section>
      <div class="stack">
        {fieldErrors(error).has('bytes') || <Fault error={error} />}
        {explained === undefined
          ? error === undefined && <section class="panel"><Empty title="No explanation yet"><p>Paste what a client sends, and see where each message ends, the verdict about it, and the service that the client would get.</p></Empty></section>
          : <ExplanationView {...explained} />}
      </div>
    </div>
  )
}
