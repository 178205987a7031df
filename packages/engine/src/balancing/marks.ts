import { type AffinityCookie, affinityCookie, type CookieKeys, cookieValue, setCookie } from '@weirlb/link'
import type { PersistenceCookie } from '@weirlb/model'
import type { KeySource } from './persistences.ts'

/** A request whose response may set cookies. */
export interface Marked {
  readonly overTls: boolean
  /** `header`: the Set-Cookie header; undefined: the client has the right cookie. */
  onMarked (cookie: string, header: string | undefined): void
}

/**
 * Cookies of requests, which name the service of an LB vserver or the pool of a GLB themselves. No entry is made:
 * clients without cookies, such as robots, would fill a table.
 */
export class Marks {
  /** 0: the first type of persistence; 1: the secondary one. */
  readonly rank: number
  readonly cookie: AffinityCookie
  readonly #balancer: string
  readonly #keys: CookieKeys
  readonly #names = new Map<string, string>()
  readonly #marks = new Map<string, string>()

  constructor (rank: number, balancer: string, cookie: PersistenceCookie, names: readonly string[], keys: CookieKeys) {
    this.rank = rank
    this.cookie = affinityCookie(balancer, cookie)
    this.#balancer = balancer
    this.#keys = keys
    for (const name of names) {
      const mark = keys.markOf(balancer, name)
      this.#names.set(mark, name)
      this.#marks.set(name, mark)
    }
  }

  #valueOf (headers: KeySource['headers']): string | undefined {
    return cookieValue(headers?.['cookie'], this.cookie.name)
  }

  /** Returns the name in a request's cookie; undefined: it has none, or names nothing that is here. */
  nameIn (headers: KeySource['headers']): string | undefined {
    const value = this.#valueOf(headers)
    return value === undefined ? undefined : this.#names.get(value)
  }

  /** A request goes to this service or pool: its client gets the cookie, if it has not. */
  mark (marked: Marked, headers: KeySource['headers'], name: string): void {
    const mark = this.#marks.get(name) ?? this.#keys.markOf(this.#balancer, name)
    marked.onMarked(
      this.cookie.name,
      this.#valueOf(headers) === mark ? undefined : setCookie(this.cookie, mark, marked.overTls)
    )
  }
}
