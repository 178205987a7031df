import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Fault } from './fault.tsx'
import type { CodeFault, CodeMirror } from './code-mirror.ts'

const HELP =
  'Tab indents. Escape and then Tab leaves the editor. F8 goes to the next fault, Ctrl and Space complete a name.'

/** An editor for code. Its module is loaded when it is first shown. `open` is called with the editor, once. */
export const CodeEditor = ({ label, text, faults, onChange, onOpen }: {
  readonly label: string
  /** The text that it begins with. Later ones are put in by the editor's `replace`. */
  readonly text: string
  readonly faults: readonly CodeFault[]
  readonly onChange: (text: string) => void
  readonly onOpen: (editor: CodeMirror) => void
}): JSX.Element => {
  const host = useRef<HTMLDivElement>(null)
  const [editor, setEditor] = useState<CodeMirror | undefined>(undefined)
  const [error, setError] = useState<unknown>(undefined)
  // What is called is that of the latest drawing.
  const changed = useRef(onChange)
  changed.current = onChange

  useEffect(() => {
    let [ended, opened] = [false, undefined as CodeMirror | undefined]
    import('./code-mirror.ts').then(({ openCodeMirror }) => {
      // Preact calls the cleanups of what is gone after the next frame. The element is gone at once.
      if (ended || host.current === null) return
      opened = openCodeMirror(host.current, {
        label,
        described: HELP,
        text,
        readOnly: false,
        onChange: text => {
          changed.current(text)
        }
      })
      setEditor(opened)
      onOpen(opened)
    }, () => {
      setError(
        new Error('The editor could not be loaded: the server may have another version now. Load the page again.')
      )
    })
    return () => {
      ended = true
      opened?.destroy()
    }
  }, [])
  useEffect(() => { editor?.mark(faults) }, [editor, faults])

  return (
    <>
      <Fault error={error} />
      <div class="code-editor" ref={host} />
      <p class="hint muted">{HELP}</p>
    </>
  )
}
