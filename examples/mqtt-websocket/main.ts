// npm run example mqtt-websocket: a broker on TCP, a web server, and one address for both: the page by HTTP, MQTT by
// WebSocket.
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { Aedes } from 'aedes'
import { connectAsync } from 'mqtt'
import { createWeir } from 'weirlb'

const aedes = await Aedes.createBroker()
const broker = createServer(socket => {
  aedes.handle(socket)
}).listen(0, '127.0.0.1')
const web = createHttpServer((request, response) => {
  response.end(`the page ${request.url} for ${String(request.headers['x-forwarded-for'])}\n`)
}).listen(0, '127.0.0.1')
await Promise.all([once(broker, 'listening'), once(web, 'listening')])
const portOf = (server: { address (): unknown }): number => (server.address() as AddressInfo).port

// #region config
const weir = createWeir({
  workers: 0,
  config: {
    extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
    userProtocols: [{ name: 'MQTT_WS', transport: 'ws', extension: 'mqtt' }],
    services: [
      { name: 'broker', address: '127.0.0.1', port: portOf(broker) },
      { name: 'web', type: 'HTTP', address: '127.0.0.1', port: portOf(web) }
    ],
    lbVservers: [
      { name: 'brokers', services: [{ name: 'broker' }], persistence: { type: 'user-session' } },
      { name: 'pages', type: 'HTTP', services: [{ name: 'web' }] }
    ],
    userVservers: [{
      name: 'edge',
      protocol: 'MQTT_WS',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'brokers',
      websocket: { paths: ['/mqtt'], allowedOrigins: ['https://app.example'] },
      http: { defaultLb: 'pages' }
    }]
  }
})
await weir.start()
// #endregion
const { listening } = await weir.userVservers.status('edge')

console.log(await (await fetch(`http://127.0.0.1:${listening!.port}/index.html`)).text())

// #region client
const client = await connectAsync(`ws://127.0.0.1:${listening!.port}/mqtt`, { clientId: 'page-1', protocolVersion: 5 })
const received = new Promise<string>(resolve => {
  client.once('message', (topic, payload) => {
    resolve(`${topic}: ${payload.toString()}`)
  })
})
await client.subscribeAsync('chat/#')
await client.publishAsync('chat/1', 'hello over WebSocket')
console.log(await received)
// #endregion
const [connection] = await weir.connections.list({ userVserver: 'edge' })
console.log(`client ID ${connection!.session} at ${connection!.service}`)

await client.endAsync()
await weir.stop()
web.closeAllConnections()
web.close()
broker.close()
await new Promise<void>(resolve => { aedes.close(resolve) })
