import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { atEnd } from './engine-bench.ts'
import { Authority } from './pki.ts'

/** An https server in place of an authority, for what pebble never does. `ca` verifies it. */
export const fakeAuthority = async (
  answer: (request: IncomingMessage, response: ServerResponse, base: string) => void
): Promise<{ directory: string, ca: string, asked: readonly string[] }> => {
  const authority = await Authority.root('Fake Test')
  const asked: string[] = []
  let base = ''
  const listener: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    request.resume()
    if (request.url === '/dir')
      json(response, 200, { newNonce: `${base}/nonce`, newAccount: `${base}/account`, newOrder: `${base}/order` })
    else if (request.url === '/nonce') response.writeHead(200, { 'replay-nonce': 'n' }).end()
    else answer(request, response, base)
  }
  const server = createServer(await authority.issue({ names: [{ type: 'ip', value: '127.0.0.1' }] }), listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  atEnd(async () => {
    server.closeAllConnections()
    await new Promise(resolve => { server.close(resolve) })
  })
  return { directory: `${base}/dir`, ca: authority.cert, asked }
}

/** Send a response in JSON. */
export const json = (
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {}
): void => {
  response.writeHead(status, {
    'content-type': status >= 400 ? 'application/problem+json' : 'application/json',
    'replay-nonce': 'n',
    ...headers
  }).end(JSON.stringify(body))
}

/** A problem of ACME (RFC 8555 §6.7). */
export const problem = (
  response: ServerResponse,
  status: number,
  kind: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {}
): void => {
  json(response, status, { type: `urn:ietf:params:acme:error:${kind}`, detail, status }, headers)
}
