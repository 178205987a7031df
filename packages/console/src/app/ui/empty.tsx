import type { ComponentChildren, JSX } from 'preact'

/** What stands where there is nothing yet: what would be here, and the next step to get it. */
export const Empty = ({ title, children }: { readonly title: string, readonly children?: ComponentChildren }): JSX.Element => (
  <div class="empty">
    <strong>{title}</strong>
    {children}
  </div>
)
