import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { visit, type Visit, type Visitor } from './visit.ts'

/** The REST route that a load generator calls: `GET /hit` answers "Hello World!", and visits the broker. */
export interface Bridge {
  readonly url: string
  readonly visits: readonly Visit[]
  close (): void
}

/**
 * Start the bridge. Its visits have no Origin, as those of any program. A refused visit is a 502, so that Locust counts
 * it as a failure.
 */
export const startBridge = async (visitor: Visitor, port = 0): Promise<Bridge> => {
  const visits: Visit[] = []
  const begunAt = performance.now()
  const server: Server = createServer((request, response) => {
    if (request.url !== '/hit') {
      response.writeHead(404).end()
      return
    }
    void visit(visitor, begunAt).then(made => {
      visits.push(made)
      response.writeHead(made.outcome === 'received' ? 200 : 502, { 'Content-Type': 'application/json' }).end(
        JSON.stringify({ text: 'Hello World!', ...made })
      )
    })
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    visits,
    close () {
      server.closeAllConnections()
      server.close()
    }
  }
}
