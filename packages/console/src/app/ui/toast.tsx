import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { Icon } from './icon.tsx'

interface Toast { readonly id: number, readonly text: string, readonly tone: 'good' | 'bad' }

const shown = signal<readonly Toast[]>([])
let last = 0

/** Good news goes by itself; bad news stays until it was read. */
const GOOD_MS = 5000
const MAX_SHOWN = 4

const dismiss = (id: number): void => { shown.value = shown.value.filter(toast => toast.id !== id) }

/** Say briefly what became of something that was asked for elsewhere on the page. */
export const toast = (text: string, tone: 'good' | 'bad' = 'good'): void => {
  const id = ++last
  shown.value = [...shown.value.slice(1 - MAX_SHOWN), { id, text, tone }]
  if (tone === 'good') setTimeout(() => { dismiss(id) }, GOOD_MS)
}

/** Where they are shown; the shell has it once. */
export const Toasts = (): JSX.Element => (
  <div class="toasts" role="status" aria-live="polite">
    {shown.value.map(({ id, text, tone }) => (
      <div key={id} class={`toast ${tone}`}>
        <Icon name={tone === 'good' ? 'up' : 'warning'} />
        <span class="grow">{text}</span>
        <button type="button" class="button quiet icon" aria-label="Dismiss" onClick={() => { dismiss(id) }}><Icon name="close" /></button>
      </div>
    ))}
  </div>
)
