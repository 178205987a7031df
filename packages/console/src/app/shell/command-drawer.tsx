import './command-drawer.css'
import type { JSX } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { call, wordsOf } from '../api/api.ts'
import { Icon } from '../ui/icon.tsx'
import { useCompletions } from './completions.ts'

/** What was typed, and what came of it. */
interface Said { readonly command: string, readonly text: string, readonly refused: boolean }

/** Exchanges that are kept in sight. */
const MAX_SAID = 50
/** Width of a character of the drawer's type, in pixels, and the most that a line of an answer has. */
const CHARACTER_PX = 7.3
const MAX_COLUMNS = 200

const run = async (command: string, columns: number): Promise<Said> => {
  try {
    const { body: { results, skipped, revision, changes } } = await call('execCommands', {
      body: { commands: command, columns }
    })
    const parts = [
      ...results.map(({ text }) => text.trimEnd()),
      ...skipped.map(({ command, reason }) => `skipped ${command}: ${reason}`)
    ]
    return {
      command,
      text: parts.length > 0 ? parts.join('\n') : changes > 0 ? `Done: revision ${revision}` : 'Done',
      refused: false
    }
  } catch (error) {
    return { command, text: wordsOf(error), refused: true }
  }
}

/** NetScaler's command line, with completion, over the page. */
export const CommandDrawer = ({ onClose }: { readonly onClose: () => void }): JSX.Element => {
  const [line, setLine] = useState('')
  const [said, setSaid] = useState<readonly Said[]>([])
  const [busy, setBusy] = useState(false)
  /** Which of the earlier commands is in the line; as many as there are: none. */
  const [earlier, setEarlier] = useState(0)
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const output = useRef<HTMLDivElement>(null)
  const { candidates, active, setActive, accept, close } = useCompletions(line, setLine)
  useEffect(() => { input.current!.focus() }, [])
  useEffect(() => { output.current!.scrollTop = output.current!.scrollHeight }, [said])

  const submit = async (): Promise<void> => {
    const command = line.trim()
    if (command === '' || busy) return
    setBusy(true)
    setLine('')
    close()
    const answer = await run(
      command,
      Math.max(40, Math.min(MAX_COLUMNS, Math.floor(output.current!.clientWidth / CHARACTER_PX)))
    )
    setSaid(before => [...before.slice(1 - MAX_SAID), answer])
    setEarlier(Math.min(said.length + 1, MAX_SAID))
    setBusy(false)
  }
  const recall = (step: number): void => {
    const to = Math.max(0, Math.min(said.length, earlier + step))
    setEarlier(to)
    setLine(said[to]?.command ?? '')
    close()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const open = candidates.length > 0
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (event.key === 'Escape') {
      if (open) close()
      else onClose()
    } else if (step !== 0 && open) setActive((active + step + candidates.length) % candidates.length)
    else if (step !== 0) recall(step)
    else if (event.key === 'Tab' && !event.shiftKey && open) accept(Math.max(active, 0))
    else if (event.key === 'Enter' && active >= 0) accept(active)
    else return
    event.preventDefault()
  }
  return (
    <section class="drawer" aria-label="Command line">
      <header>
        <h2>Command line</h2>
        <button type="button" class="button quiet icon" aria-label="Close the command line" onClick={onClose}><Icon name="close" /></button>
      </header>
      <div class="said" ref={output} tabIndex={0} role="log" aria-label="Answers">
        {said.length === 0 && <p class="muted">NetScaler's commands, such as <code>show lb vserver</code>. Each applies as one revision. Tab completes, the up arrow brings back earlier ones.</p>}
        {said.map(({ command, text, refused }, at) => (
          <div key={at}>
            <pre class="typed">{`> ${command}`}</pre>
            <pre class={refused ? 'refused' : undefined}>{text}</pre>
          </div>
        ))}
      </div>
      <form
        onSubmit={event => {
          event.preventDefault()
          void submit()
        }}
      >
        <input
          ref={input} class="input" aria-label="Command" role="combobox" aria-expanded={candidates.length > 0} aria-controls={`${id}-list`} aria-autocomplete="list"
          aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
          autocomplete="off" autocapitalize="off" spellcheck={false} value={line} onInput={({ currentTarget: { value } }) => { setLine(value) }} onKeyDown={onKeyDown}
        />
        <ul id={`${id}-list`} role="listbox" aria-label="Completions" hidden={candidates.length === 0}>
          {candidates.map((candidate, at) => <li key={candidate} id={`${id}-${at}`} role="option" aria-selected={at === active} onMouseDown={event => { event.preventDefault(); accept(at) }}>{candidate}</li>)}
        </ul>
      </form>
    </section>
  )
}
