import './code.css'
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { countText, bytesText } from '../format/numbers.ts'
import { Badge } from '../ui/badge.tsx'
import { CodeEditor } from '../ui/code-editor.tsx'
import type { CodeMirror } from '../ui/code-mirror.ts'
import { Icon } from '../ui/icon.tsx'
import type { CodeKind } from './code-kind.ts'
import { SourceCheck, type Checked } from './source-check.ts'

/** An editor for a source, which the server checks as one types, and the result of that. */
export const SourceEditor = <D,>({ kind: { noun, maxBytes, validate, Declared }, text, onChange, refused, actions }: {
  readonly kind: CodeKind<D>
  /** What it begins with. */
  readonly text: string
  readonly onChange: (text: string) => void
  /** What the API said about the text when it was to be saved. It counts until the next check. */
  readonly refused: Checked | undefined
  readonly actions: ComponentChildren
}): JSX.Element => {
  const check = useMemo(() => new SourceCheck(validate), [])
  const editor = useRef<CodeMirror | undefined>(undefined)
  const file = useRef<HTMLInputElement>(null)
  const [imported, setImported] = useState<string | undefined>(undefined)
  useEffect(() => {
    check.soon(text)
    return () => { check.stop() }
  }, [check])

  const running = check.running.value
  const checked = check.checked.value
  const said = refused ?? checked
  const faults = said?.faults ?? none
  const read = (from: File | undefined): void => {
    if (from === undefined) return
    if (from.size > maxBytes) {
      setImported(`${from.name} has ${bytesText(from.size)}; the source of an ${noun} may have ${bytesText(maxBytes)}.`)
      return
    }
    from.text().then(
      text => {
        editor.current?.replace(text)
        setImported(undefined)
      },
      () => { setImported(`${from.name} could not be read.`) }
    )
  }
  return (
    <div class="source-columns">
      <section
        class="panel" aria-label="Source"
        onDragOver={event => { event.preventDefault() }}
        onDrop={event => {
          event.preventDefault()
          read(event.dataTransfer?.files[0])
        }}
      >
        <header>
          <h2>Source</h2>
          <State running={running} said={said} />
          <button type="button" class="button" title="Import a file" onClick={() => { file.current!.click() }}>Import</button>
          <input
            ref={file} type="file" accept=".ts,.js,.mjs,.mts" hidden aria-label="File to import"
            onChange={event => {
              read(event.currentTarget.files?.[0])
              event.currentTarget.value = ''
            }}
          />
          {actions}
        </header>
        {imported !== undefined && <div class="banner bad" role="alert"><Icon name="warning" /><span class="grow">{imported}</span></div>}
        <CodeEditor
          label={`Source of the ${noun}`} text={text} faults={faults} onOpen={opened => { editor.current = opened }}
          onChange={text => {
            onChange(text)
            check.soon(text)
          }}
        />
      </section>
      <div class="stack">
        {said !== undefined && (said.faults.length > 0 || said.words !== undefined) && <Problems said={said} goTo={(line, column) => { editor.current?.goTo(line, column) }} />}
        {said !== undefined && <Declared declaration={checked?.declaration} />}
      </div>
    </div>
  )
}

const none: Checked['faults'] = []

const State = ({ running, said }: { readonly running: boolean, readonly said: Checked | undefined }): JSX.Element => {
  const count = said === undefined ? 0 : said.faults.length + (said.words === undefined ? 0 : 1)
  return (
    <span role="status" aria-label="Check">
      {running || said === undefined
        ? <Badge state="running" word="Checking" />
        : count === 0 ? <Badge state="ok" word="Compiles" /> : <Badge state="failed" word={count === 1 ? '1 problem' : `${countText(count)} problems`} />}
    </span>
  )
}

const Problems = ({ said: { faults, words }, goTo }: { readonly said: Checked, readonly goTo: (line: number, column: number) => void }): JSX.Element => (
  <section class="panel" aria-label="Problems">
    <header><h2>Problems</h2></header>
    <ul class="body problems">
      {words !== undefined && <li class="fault"><Icon name="warning" size={12} /><span>{words}</span></li>}
      {faults.map(({ line, column, message }, index) => (
        <li key={index}>
          <button type="button" class="button quiet" onClick={() => { goTo(line, column) }}>
            <span class="mono muted">{line}:{column}</span><span class="words">{message}</span>
          </button>
        </li>
      ))}
    </ul>
  </section>
)
