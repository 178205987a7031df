import type { HeaderPair } from '@weirlb/sdk/abi'

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const BAD_VALUE = /[\0\r\n]|[^\0-\xff]/

/** What a Headers can be made of. */
export type HeadersInit = Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string>>

const nameOf = (name: unknown): string => {
  const text = String(name)
  if (!NAME.test(text)) throw new TypeError(`invalid header name: ${JSON.stringify(text.slice(0, 100))}`)
  return text.toLowerCase()
}

const valueOf = (value: unknown): string => {
  const text = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '')
  if (BAD_VALUE.test(text))
    throw new TypeError('invalid header value: it has a line end, a null, or a letter beyond U+00FF')
  return text
}

/** Headers (https://fetch.spec.whatwg.org/#headers-class). */
export class Headers {
  #list: [string, string][] = []
  #frozen = false

  constructor (init?: HeadersInit) {
    if (init === undefined || init === null) return
    if (typeof init !== 'object') throw new TypeError('Headers: expected an object, pairs, or Headers')
    if (init instanceof Headers) this.#list = init.#list.map(([name, value]) => [name, value])
    else if (Symbol.iterator in init) {
      for (const pair of init) {
        const [name, value, ...more] = [...pair]
        if (value === undefined || more.length > 0) throw new TypeError('Headers: expected pairs of a name and a value')
        this.append(name!, value)
      }
    } else for (const [name, value] of Object.entries(init)) this.append(name, value)
  }

  /** Refuse changes from now on, as those of a request that has arrived do. */
  static freeze (headers: Headers): Headers {
    headers.#frozen = true
    return headers
  }

  /** Returns every header in the order in which it was set. */
  static pairsOf (headers: Headers): HeaderPair[] { return headers.#list.map(([name, value]) => [name, value]) }

  #change (): void { if (this.#frozen) throw new TypeError("Can't modify immutable headers.") }

  append (name: string, value: string): void {
    const entry: [string, string] = [nameOf(name), valueOf(value)]
    this.#change()
    this.#list.push(entry)
  }

  set (name: string, value: string): void {
    const [key, text] = [nameOf(name), valueOf(value)]
    this.#change()
    const at = this.#list.findIndex(([each]) => each === key)
    if (at < 0) this.#list.push([key, text])
    else this.#list = this.#list.flatMap((entry, i): [string, string][] =>
        entry[0] !== key ? [entry] : i === at ? [[key, text]] : []
      )
  }

  delete (name: string): void {
    const key = nameOf(name)
    this.#change()
    this.#list = this.#list.filter(([each]) => each !== key)
  }

  get (name: string): string | null {
    const key = nameOf(name)
    const values = this.#list.flatMap(([each, value]) => each === key ? [value] : [])
    return values.length === 0 ? null : values.join(', ')
  }

  getSetCookie (): string[] { return this.#list.flatMap(([name, value]) => name === 'set-cookie' ? [value] : []) }

  has (name: string): boolean {
    const key = nameOf(name)
    return this.#list.some(([each]) => each === key)
  }

  forEach (call: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    for (const [name, value] of this) Reflect.apply(call, self, [value, name, this])
  }

  * entries (): Generator<[string, string]> {
    // Sorted and joined, as the standard has it; cookies stay apart.
    for (const name of [...new Set(this.#list.map(([each]) => each))].sort()) {
      if (name === 'set-cookie') for (const value of this.getSetCookie()) yield [name, value]
      else yield [name, this.get(name)!]
    }
  }

  * keys (): Generator<string> { for (const [name] of this.entries()) yield name }
  * values (): Generator<string> { for (const [, value] of this.entries()) yield value }
  [Symbol.iterator] (): Generator<[string, string]> { return this.entries() }
  get [Symbol.toStringTag] (): string { return 'Headers' }
}
