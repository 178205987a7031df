import { signal } from '@preact/signals'

/** Where the page is: `#/connections/1-7?service=a` is page `connections`, rest `['1-7']`, and a query. */
export interface Place { readonly page: string, readonly rest: readonly string[], readonly query: URLSearchParams }

const FIRST = 'overview'

const decoded = (text: string): string => { try { return decodeURIComponent(text) } catch { return text } }

/** Returns the place that a fragment names. */
export const placeOf = (hash: string): Place => {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [page = '', ...rest] = path.split('/').filter(Boolean).map(decoded)
  return { page: page === '' ? FIRST : page, rest, query: new URLSearchParams(search) }
}

/** Returns the link to a place: `hrefOf(['connections', id], { service: 'a' })`. */
export const hrefOf = (path: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string => {
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value] as [string, string]]
    )
  )
  return `#/${path.map(encodeURIComponent).join('/')}${search.size === 0 ? '' : `?${search.toString()}`}`
}

/** The present place. Links change it, as do the browser's buttons. */
export const place = signal(placeOf(location.hash))

addEventListener('hashchange', () => { place.value = placeOf(location.hash) })

/** Go elsewhere. `replace`: without a step that the browser's button goes back to, as while one types into a filter. */
export const go = (href: string, { replace = false }: { readonly replace?: boolean } = {}): void => {
  if (!replace) {
    location.hash = href
    return
  }
  history.replaceState(undefined, '', href)
  place.value = placeOf(href)
}
