import type { EdgeHeaders, EdgeRequest } from '@weirlb/sdk'
import type { FunctionRequest, HeaderPair } from '@weirlb/sdk/abi'

class NativeHeaders implements EdgeHeaders {
  readonly #pairs: readonly HeaderPair[]
  constructor (pairs: readonly HeaderPair[]) { this.#pairs = pairs }

  get (name: string): string | undefined {
    const key = String(name).toLowerCase()
    const values = this.#pairs.flatMap(([each, value]) => each === key ? [value] : [])
    return values.length === 0 ? undefined : values.join(', ')
  }

  has (name: string): boolean { return this.get(name) !== undefined }
  names (): readonly string[] { return [...new Set(this.#pairs.map(([name]) => name))] }
}

const AUTHORITY = /^(https?):\/\/([^/?]*)/

/** A request as functions of the native form get it. */
export const nativeRequest = ({ method, url, headers, upgrade, client, userVserver }: FunctionRequest): EdgeRequest => {
  const [start = '', scheme = '', authority = ''] = AUTHORITY.exec(url) ?? []
  const target = url.slice(start.length)
  const mark = target.indexOf('?')
  return Object.freeze({
    method,
    url,
    host: authority.replace(/:\d*$/, '').toLowerCase(),
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    secure: scheme === 'https',
    upgrade,
    headers: new NativeHeaders(headers),
    client: Object.freeze({ ...client, certificate: client.certificate && Object.freeze(client.certificate) }),
    userVserver
  })
}
