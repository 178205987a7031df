import { createRequire } from 'node:module'
import type * as undici from 'undici'

let library: typeof undici | undefined

/**
 * Returns a client of one origin. The library is loaded with the first one: a process without HTTP starts sooner
 * without its 150 modules.
 */
export const httpClient = (origin: string, options: undici.Client.Options): undici.Client => {
  library ??= createRequire(import.meta.url)('undici') as typeof undici
  return new library.Client(origin, options)
}
