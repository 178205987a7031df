// What Node's own modules and the libraries under Weir reach when nothing else is done.
// usage: library-proxy.ts tls|websocket|http SERVER_PORT [CERTIFICATE KEY]
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import tls from 'node:tls'
import { Pool } from 'undici'
import { WebSocketServer } from 'ws'
import { answerUsage } from './answer-usage.ts'

const [, , what, port, cert, key] = process.argv
const target = Number(port)
const shared = Buffer.alloc(64 * 1024)

/** A connection to the server, read into the shared buffer; `onBytes` copies what it keeps. */
const dial = (onBytes: (bytes: Buffer) => void): net.Socket => net.connect({
  port: target,
  host: '127.0.0.1',
  noDelay: true,
  onread: { buffer: shared, callback: (length: number) => { onBytes(shared.subarray(0, length)); return true } }
} as unknown as net.NetConnectOpts)

/** TLS is taken off, nothing is read of what is in it, and nobody is slow. */
const terminate = (): net.Server => tls.createServer({ cert, key, noDelay: true }, client => {
  const upstream = dial(bytes => { client.write(Buffer.from(bytes)) })
  client.on('data', (bytes: Buffer) => { upstream.write(bytes) })
  for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
    one.on('end', () => other.end())
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
})

/** Payloads of WebSockets go to a server on TCP. */
const unframe = (): net.Server => {
  const server = http.createServer({ noDelay: true })
  new WebSocketServer({ server, perMessageDeflate: false, handleProtocols: offers => [...offers][0] ?? false }).on(
    'connection',
    client => {
      const upstream = dial(bytes => {
        client.send(Buffer.from(bytes))
      })
      client.on('message', (bytes: Buffer) => {
        upstream.write(bytes)
      })
      client.on('close', () => {
        upstream.destroy()
      })
      upstream.on('close', () => {
        client.close()
      })
      upstream.on('error', () => {
        client.terminate()
      })
    }
  )
  return server
}

/** Requests without bodies go to one server by undici's lowest interface, their headers as they came. */
const forward = (): net.Server => {
  const pool = new Pool(`http://127.0.0.1:${target}`)
  return http.createServer({ noDelay: true, keepAliveTimeout: 0 }, (request, response) => {
    pool.dispatch({ method: request.method as 'GET', path: request.url!, headers: request.rawHeaders, body: null }, {
      onRequestStart () {},
      onResponseStart (controller, status, _headers, text) {
        const headers = (controller.rawHeaders as Buffer[]).map(bytes => bytes.toString('latin1'))
        response.writeHead(status, text ?? '', headers)
      },
      onResponseData (_controller, chunk) { response.write(chunk) },
      onResponseEnd () { response.end() },
      onResponseError (_controller, error) { response.destroy(error) }
    })
  })
}

const server = { tls: terminate, websocket: unframe, http: forward }[what as 'tls' | 'websocket' | 'http']()
server.listen(0, '127.0.0.1', 4096, () => process.send!({ port: (server.address() as AddressInfo).port }))
answerUsage()
