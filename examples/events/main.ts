// npm run example events: Weir in this process alone, which hears of a server that goes down and comes back.
import { FakeServer } from '@weirlb/testing'
import { createWeir } from 'weirlb'

const server = await FakeServer.listen()
const { port } = server
const monitors = [{ type: 'tcp' as const, intervalSeconds: 0.05, downAfter: 1 }]

// #region events
const weir = createWeir({
  workers: 0,
  config: {
    extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
    userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
    services: [{ name: 'broker', address: '127.0.0.1', port, monitors }],
    lbVservers: [{ name: 'brokers', services: [{ name: 'broker' }] }],
    userVservers: [{ name: 'mqtt', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'brokers' }]
  }
})

const stopTelling = weir.on('config-applied', ({ revision }) => { console.log(`revision ${revision}`) })
const down = new Promise<string>(resolve => { weir.on('service-down', event => { resolve(event.service) }) })
const up = new Promise<string>(resolve => { weir.on('service-up', event => { resolve(event.service) }) })
await weir.start()
// #endregion

await server.close()
console.log(`${await down} is down`)
stopTelling()
const again = await FakeServer.listen(undefined, port)
console.log(`${await up} is up`)

await weir.stop()
await again.close()
