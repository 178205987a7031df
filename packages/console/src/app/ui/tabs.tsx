import type { JSX } from 'preact'

/** A part of a page. */
export interface Tab { readonly key: string, readonly title: string, readonly href: string }

/** Parts of a page, one of which is shown. They are links, so that the address bar has what is shown. */
export const Tabs = ({ label, tabs, selected }: { readonly label: string, readonly tabs: readonly Tab[], readonly selected: string }): JSX.Element => (
  <nav class="tabs" aria-label={label}>
    {tabs.map(({ key, title, href }) => <a key={key} href={href} aria-current={key === selected ? 'page' : undefined}>{title}</a>)}
  </nav>
)
