import type { JSX } from 'preact'
import { hrefOf } from '../../router/router.ts'
import type { Uses } from './load-extensions.ts'

const formOf = (collection: string, value: object): string =>
  hrefOf(['configuration', collection, '+'], { from: 'extensions', value: JSON.stringify(value) })

/** The next step until clients reach an extension; nothing where they do. */
export const NextUse = (
  { name, uses: { protocols, vservers } }: { readonly name: string, readonly uses: Uses }
): JSX.Element | null => {
  if (vservers.length > 0) return null
  return protocols.length === 0
    ? <a href={formOf('userProtocols', { name: name.toUpperCase(), transport: 'tcp', extension: name })}>Make a user protocol that names it</a>
    : <a href={formOf('userVservers', { protocol: protocols[0] })}>Make a user vserver with {protocols[0]}</a>
}
