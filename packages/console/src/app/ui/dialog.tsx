import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

/**
 * A dialog above the page. Focus stays in it, Escape closes it unless `onClose` is left out, and focus returns to where
 * it was: `<dialog>` does all three.
 */
export const Dialog = (
  { title, onClose, children }: {
    readonly title: string
    readonly onClose?: (() => void) | undefined
    readonly children: ComponentChildren
  }
): JSX.Element => {
  const id = useId()
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = element.current!
    dialog.showModal()
    return () => { dialog.close() }
  }, [])
  return (
    <dialog
      ref={element} class="dialog" aria-labelledby={id}
      onCancel={event => {
        event.preventDefault()
        onClose?.()
      }}
    >
      <div>
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
