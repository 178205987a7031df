// One node of the example: it is told its name, the store and the brokers, and sends back its port.
import { once } from 'node:events'
import { RedisStore } from '@weirlb/cluster'
import { createWeir } from 'weirlb'

const [{ name, url, brokers }] = await once(process, 'message') as [
  { name: string, url: string, brokers: readonly { name: string, port: number }[] }
]
// #region node
const weir = createWeir({
  workers: 0,
  log: { level: 'warn' },
  cluster: { node: name, store: new RedisStore(url) },
  config: {
    extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
    userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
    services: brokers.map(({ name, port }) => ({ name, address: '127.0.0.1', port })),
    lbVservers: [{
      name: 'brokers',
      persistence: { type: 'user-session' },
      services: brokers.map(({ name }) => ({ name }))
    }],
    userVservers: [{ name: 'mqtt', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'brokers' }]
  }
})
await weir.start()
// #endregion
const { listening } = await weir.userVservers.status('mqtt')
process.send!({ port: listening!.port })
await once(process, 'message')
await weir.stop()
process.disconnect()
