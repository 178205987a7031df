import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Weir } from 'weirlb'

const file = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const mqttJs = (): string =>
  readFileSync(join(dirname(createRequire(import.meta.url).resolve('mqtt/package.json')), 'dist/mqtt.min.js'), 'utf8')

/** What the admin page shows of every GLB. */
const statusOf = async (weir: Weir): Promise<string> => {
  const { glbs } = await weir.stats()
  const statuses = await weir.glbs.statuses()
  return JSON.stringify(
    statuses.map(({ name, status: { value, reason } }) => ({ name, status: value, reason, picks: glbs[name]!.picks }))
  )
}

/**
 * One ingress for both sites, which tells them apart by their Host header: the web application, and the admin page with
 * the state of the load balancers in front.
 */
export const startSite = async (weir: () => Weir): Promise<Server> => {
  const pages: Readonly<
    Record<string, Readonly<Record<string, readonly [type: string, body: () => string | Promise<string>]>>>
  > = {
    admin: {
      '/': ['text/html', () => file('pages/admin.html')],
      '/status': ['application/json', async () => await statusOf(weir())]
    },
    app: { '/': ['text/html', () => file('pages/app.html')], '/mqtt.min.js': ['text/javascript', mqttJs] }
  }
  const server = createServer((request, response) => {
    const site = request.headers.host?.split('.', 1)[0] ?? ''
    const page = pages[site]?.[request.url ?? '/']
    if (page === undefined) {
      response.writeHead(404).end(`nothing at ${request.url} of '${site}'\n`)
      return
    }
    const [type, body] = page
    Promise.resolve(body()).then(text => {
      response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(text)
    }, () => {
      response.writeHead(500).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
