import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { Aedes } from 'aedes'
import { generate } from 'selfsigned'
import { createWeir, type Weir } from 'weirlb'

/** Weir with pages and MQTT on one port, and a site of somebody else. */
export interface Edge {
  readonly weir: Weir
  /**
   * Where MQTT is served: `wss://app.localhost:PORT/mqtt`, under the name of the site, so that browsers send its
   * cookies along.
   */
  readonly mqtt: string
  /** The site behind the edge, and the one elsewhere: `https://NAME:PORT`. Both have the same pages. */
  readonly inside: string
  readonly outside: string
  /** What clients trust, PEM. */
  readonly ca: string
  close (): Promise<void>
}

const page = (name: string): string => readFileSync(new URL(`pages/${name}`, import.meta.url), 'utf8')
const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port
const listening = async <T extends { listen(port: number, host: string): unknown } & NodeJS.EventEmitter>(
  server: T
): Promise<T> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Answers with the pages, and the bundle of mqtt.js that they use. */
const answerPages = (server: Server): void => {
  const bundle = join(dirname(createRequire(import.meta.url).resolve('mqtt/package.json')), 'dist/mqtt.min.js')
  const files: Readonly<Record<string, readonly [type: string, read: () => string]>> = {
    '/': ['text/html', () => page('looper.html')],
    '/tester': ['text/html', () => page('tester.html')],
    '/mqtt.min.js': ['text/javascript', () => readFileSync(bundle, 'utf8')]
  }
  server.on('request', (request, response) => {
    const [type, read] = files[request.url?.split('?', 1)[0] ?? ''] ?? []
    if (read === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(read())
  })
}

export const startEdge = async (port = 0): Promise<Edge> => {
  // Browsers look no further than this machine for names below `localhost`.
  const names = ['app.localhost', 'elsewhere.localhost']
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'edge' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: names.map(value => ({ type: 2, value })) }]
  })
  const aedes = await Aedes.createBroker()
  const broker = await listening(createServer(socket => { aedes.handle(socket) }))
  const site = await listening(createHttpServer())
  const elsewhere = await listening(createHttpsServer({ cert, key }))
  answerPages(site)
  answerPages(elsewhere)

  // #region config
  const weir = createWeir({
    workers: 1,
    log: { level: 'error' },
    config: {
      extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
      userProtocols: [{ name: 'MQTT_WSS', transport: 'wss', extension: 'mqtt' }],
      certkeys: [{ name: 'edge', cert, key }],
      services: [
        { name: 'site', type: 'HTTP', address: '127.0.0.1', port: portOf(site), monitors: [] },
        { name: 'broker', address: '127.0.0.1', port: portOf(broker), monitors: [] }
      ],
      lbVservers: [{ name: 'sites', type: 'HTTP', services: [{ name: 'site' }] }, { name: 'brokers', services: [{ name: 'broker' }] }],
      userVservers: [{
        name: 'edge', protocol: 'MQTT_WSS', address: '127.0.0.1', port, certificates: ['edge'],
        websocket: { paths: ['/mqtt'] }, defaultLb: 'brokers', http: { defaultLb: 'sites' }
      }]
    }
  })
  // #endregion
  await weir.start()
  const at = (await weir.userVservers.status('edge')).listening!.port
  return {
    weir, ca: cert,
    mqtt: `wss://app.localhost:${at}/mqtt`,
    inside: `https://app.localhost:${at}`,
    outside: `https://elsewhere.localhost:${portOf(elsewhere)}`,
    async close () {
      await weir.stop()
      for (const server of [site, elsewhere]) {
        server.closeAllConnections()
        server.close()
      }
      broker.close()
      await new Promise<void>(resolve => { aedes.close(resolve) })
    }
  }
}
