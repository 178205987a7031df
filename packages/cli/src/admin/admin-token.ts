import { readFileSync } from 'node:fs'
import { checkToken } from '@weirlb/admin'
import { UsageError } from '../usage-error.ts'

/** The bearer token of the REST API, which may be in a file that can be reloaded. */
export class AdminToken {
  #current: string
  readonly #file: string | undefined

  private constructor (current: string, file: string | undefined) {
    this.#current = current
    this.#file = file
  }

  /**
   * From a file, or else from the environment; undefined without either. Throws a UsageError that never shows what it
   * is.
   */
  static from (file: string | undefined, environment: string | undefined): AdminToken | undefined {
    if (file !== undefined) return new AdminToken(readToken(file), file)
    if (environment === undefined) return undefined
    if (environment.trim() === '') throw new UsageError('WEIR_ADMIN_TOKEN is empty: unset it or give it a value')
    return new AdminToken(environment.trim(), undefined)
  }

  get current (): string { return this.#current }

  /** False if it is in the environment and cannot change. */
  get isFile (): boolean { return this.#file !== undefined }

  /**
   * Read the file again. Returns true if the token differs. Throws, and keeps the current token, if the file has no
   * valid one.
   */
  reload (): boolean {
    if (this.#file === undefined) return false
    const token = readToken(this.#file)
    checkToken(token)
    const changed = token !== this.#current
    this.#current = token
    return changed
  }
}

/** Its content is never part of a message. */
const readToken = (file: string): string => {
  let token: string
  try {
    token = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new UsageError(`--token-file: cannot read '${file}' (${(error as NodeJS.ErrnoException).code})`)
  }
  if (token === '') throw new UsageError(`--token-file: '${file}' is empty`)
  return token
}
