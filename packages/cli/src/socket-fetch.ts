import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'

/** Returns a `fetch` that goes over a Unix socket. The host of a URL is sent, and not looked up. */
export const socketFetch = (socketPath: string): typeof fetch => async (url, { method = 'GET', headers, body, signal } = {}) =>
  await new Promise<Response>((resolve, reject) => {
    const target = new URL(typeof url === 'string' || url instanceof URL ? url : url.url)
    const sent = httpRequest({
      socketPath,
      method,
      path: `${target.pathname}${target.search}`,
      headers: { host: target.host, ...Object.fromEntries(new Headers(headers)), ...typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : {} },
      signal: signal ?? undefined
    }, response => {
      const { statusCode: status = 0, headers: received } = response
      const empty = status === 204 || status === 304
      if (empty) response.resume()
      resolve(new Response(empty ? null : Readable.toWeb(response) as ReadableStream, { status, headers: Object.entries(received).flatMap(([name, value]) => value === undefined ? [] : [[name, String(value)] as [string, string]]) }))
    })
    sent.on('error', error => { reject(new TypeError('fetch failed', { cause: error })) })
    sent.end(typeof body === 'string' ? body : undefined)
  })
