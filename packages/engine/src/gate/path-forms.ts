import { normalPath } from '@weirlb/model'

const merged = (path: string): string => path.replace(/\/{2,}/g, '/')

/** Percent-encoded letters as what they stand for, a slash included; what is no UTF-8 stays. */
const decoded = (path: string): string => {
  try { return decodeURIComponent(path) } catch { return path }
}

/**
 * Returns the forms in which servers may read the path of a request, without its query: normal, with several slashes as
 * one, and decoded, once and twice.
 */
export const pathForms = (target: string): ReadonlySet<string> => {
  const query = target.search(/[?#]/)
  const path = query < 0 ? target : target.slice(0, query)
  const forms = new Set<string>()
  for (let form = path, n = 0; n < 3; n++) {
    const normal = normalPath(form)
    forms.add(normal).add(merged(normal)).add(normalPath(merged(form)))
    const next = decoded(form)
    if (next === form) break
    // A decoded question mark is a letter of the path.
    form = next.replaceAll('?', '%3F')
  }
  return forms
}

/** A path with `*` for any text, with a host in front or without. */
export class PathPattern {
  readonly #host: string | undefined
  readonly #parts: readonly string[]

  constructor (text: string) {
    const slash = text.indexOf('/')
    this.#host = slash === 0 ? undefined : text.slice(0, slash).toLowerCase()
    this.#parts = text.slice(slash).split('*')
  }

  fits (host: string | undefined, forms: ReadonlySet<string>): boolean {
    if (this.#host !== undefined && host !== this.#host) return false
    for (const form of forms) if (this.#fits(form)) return true
    return false
  }

  /** Each part is looked for behind the one before: no text is walked twice. */
  #fits (path: string): boolean {
    const parts = this.#parts
    const first = parts[0]!
    if (parts.length === 1) return path === first
    if (!path.startsWith(first)) return false
    let at = first.length
    for (let n = 1; n < parts.length - 1; n++) {
      const found = path.indexOf(parts[n]!, at)
      if (found < 0) return false
      at = found + parts[n]!.length
    }
    const last = parts.at(-1)!
    return path.length - last.length >= at && path.endsWith(last)
  }
}
