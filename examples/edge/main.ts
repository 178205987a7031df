// npm run example edge: an admin page, a web application and MQTT over wss under three names on one port.
import { once } from 'node:events'
import { get } from 'node:https'
import { createServer, type AddressInfo, type LookupFunction } from 'node:net'
import { text } from 'node:stream/consumers'
import { Aedes } from 'aedes'
import { connectAsync } from 'mqtt'
import { generate } from 'selfsigned'
import { createWeir, type Weir } from 'weirlb'
import { startSite } from './site.ts'

const aedes = await Aedes.createBroker()
const broker = createServer(socket => { aedes.handle(socket) }).listen(0, '127.0.0.1')
await once(broker, 'listening')
const site = await startSite((): Weir => weir)
const portOf = (server: { address (): unknown }): number => (server.address() as AddressInfo).port

// Browsers look no further than this machine for names below `localhost`.
const names = ['admin.localhost', 'app.localhost', 'mqtt.localhost']
const { cert, private: key } = await generate([{ name: 'commonName', value: 'edge' }], {
  keyType: 'ec',
  algorithm: 'sha256',
  extensions: [{ name: 'subjectAltName', altNames: names.map(value => ({ type: 2, value })) }]
})

// #region config
const weir = createWeir({
  workers: 0,
  config: {
    extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
    userProtocols: [{ name: 'MQTT_WSS', transport: 'wss', extension: 'mqtt' }],
    certkeys: [{ name: 'edge', cert, key }],
    services: [
      {
        name: 'ingress',
        type: 'HTTP',
        address: '127.0.0.1',
        port: portOf(site),
        monitors: [{ type: 'tcp', intervalSeconds: 1 }]
      },
      { name: 'broker', address: '127.0.0.1', port: portOf(broker), monitors: [] }
    ],
    lbVservers: [
      { name: 'cluster', type: 'HTTP', services: [{ name: 'ingress' }] },
      { name: 'mqtt-test', services: [{ name: 'broker' }], persistence: { type: 'user-session' } },
      { name: 'nobody', type: 'HTTP' },
      { name: 'no-broker' }
    ],
    glbs: [
      { name: 'admin', match: { hosts: ['admin.localhost'] }, pools: [{ name: 'cluster' }] },
      { name: 'app', match: { hosts: ['app.localhost'] }, pools: [{ name: 'cluster' }] },
      { name: 'mqtt', match: { hosts: ['mqtt.localhost'] }, pools: [{ name: 'mqtt-test' }] }
    ],
    userVservers: [{
      name: 'edge',
      protocol: 'MQTT_WSS',
      address: '127.0.0.1',
      port: Number(process.env['PORT'] ?? 0),
      certificates: ['edge'],
      websocket: { paths: ['/mqtt'] },
      glbs: ['admin', 'app', 'mqtt'],
      defaultLb: 'no-broker',
      http: { defaultLb: 'nobody' }
    }]
  }
})
// #endregion
await weir.start()
const { port } = (await weir.userVservers.status('edge')).listening!
const [admin, app, mqtt] = names.map(name => `${name}:${port}`)

/** Every name is on this machine. */
const lookup: LookupFunction = (_name, { all }, found) => {
  if (all === true) found(null, [{ address: '127.0.0.1', family: 4 }])
  else found(null, '127.0.0.1', 4)
}

const page = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, { ca: cert, lookup, agent: false, checkServerIdentity: () => undefined }, response => {
      text(response).then(body => {
        resolve(`${response.statusCode} ${body}`)
      }, reject)
    }).on('error', reject)
  })
const titleOf = async (url: string): Promise<string> => /<title>(.*)<\/title>/.exec(await page(url))?.[1] ?? 'no title'

console.log(`admin: ${await titleOf(`https://${admin}/`)}`)
console.log(`app: ${await titleOf(`https://${app}/`)}`)
const client = await connectAsync(`wss://${mqtt}/mqtt`, {
  clientId: 'device-1',
  protocolVersion: 5,
  ca: cert,
  wsOptions: { lookup }
})
const received = new Promise<string>(resolve => {
  client.once('message', (topic, payload) => {
    resolve(`${topic}: ${payload.toString()}`)
  })
})
await client.subscribeAsync('test')
await client.publishAsync('test', 'hello through mqtt.localhost')
console.log(await received)
console.log(`another name: ${(await page(`https://other.localhost:${port}/`)).trim()}`)
console.log(`status: ${await page(`https://${admin}/status`)}`)

if (!process.argv.includes('--exit')) {
  console.log(
    `https://${admin}/ and https://${app}/ in a browser, which has to be told to trust the certificate. Ctrl+C ends it.`
  )
  await once(process, 'SIGINT')
}
await client.endAsync()
await weir.stop()
site.closeAllConnections()
site.close()
broker.close()
await new Promise<void>(resolve => { aedes.close(resolve) })
