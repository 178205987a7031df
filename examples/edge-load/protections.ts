import type { Edge } from './edge.ts'

/** A way to protect the edge: what is added to its configuration, and taken away again. */
export interface Protection {
  readonly name: string
  set (edge: Edge): Promise<void>
  unset (edge: Edge): Promise<void>
}

// #region protections
/** In the order of the table. */
export const protections: readonly Protection[] = [
  { name: 'none', async set () {}, async unset () {} },
  {
    // The article's: WebSockets of other pages, and of programs, get 403.
    name: 'edge function',
    async set ({ weir, inside }) {
      const source = `
        addEventListener('fetch', event => { event.respondWith(handle(event.request)) })
        async function handle (request) {
          if (request.headers.get('Origin') === ${JSON.stringify(inside)}) return fetch(request)
          return new Response('Forbidden', { status: 403 })
        }`
      await weir.edgeFunctions.create({ name: 'own-pages', source })
      await weir.triggers.create({ name: 'mqtt', pattern: 'app.localhost/mqtt', function: 'own-pages' })
    },
    async unset ({ weir }) {
      await weir.triggers.delete('mqtt')
      await weir.edgeFunctions.delete('own-pages')
    }
  },
  {
    // The same without code.
    name: 'rule',
    async set ({ weir, inside }) {
      await weir.rules.create({
        name: 'own-pages', phase: 'request', action: 'block',
        expression: `http.request.uri.path eq "/mqtt" and not any(http.request.headers["origin"][*] eq "${inside}")`,
        response: { status: 403, body: 'This page may not come here.\n' }
      })
    },
    async unset ({ weir }) { await weir.rules.delete('own-pages') }
  },
  {
    // Ten WebSockets in a minute, for each address and page; more get 429.
    name: 'rate limit',
    async set ({ weir }) {
      await weir.rateLimits.create({
        name: 'websockets',
        counts: 'upgrades',
        by: ['ip.src', 'ws.origin'],
        limit: 10,
        periodSeconds: 60,
        action: 'block'
      })
    },
    async unset ({ weir }) { await weir.rateLimits.delete('websockets') }
  },
  {
    // Browsers have to prove work first, and do so by themselves. Programs that claim to be a page get 403; those that
    // send no Origin, as devices do, share the connects. Controls spare loopback, where everybody here comes from.
    name: 'defence mode',
    async set ({ weir }) {
      await weir.userVservers.patch('edge', {
        floods: { exemptFrom: [], level: 'off', mode: 'on', off: ['D002', 'D003', 'D004', 'D028'] }
      })
    },
    async unset ({ weir }) { await weir.userVservers.patch('edge', { floods: null }) }
  }
]
// #endregion
