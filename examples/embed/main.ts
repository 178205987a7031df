// npm run example embed [-- --exit]: a Fastify program that also balances MQTT, with Weir's REST API under /weir.
import { adminPlugin } from '@weirlb/admin'
import { WeirClient } from '@weirlb/admin/client'
import Fastify from 'fastify'
import { createWeir } from 'weirlb'

const app = Fastify()
app.get('/', async () => 'the program that was here before')

const weir = createWeir({
  workers: 1,
  config: {
    extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
    userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
    services: [{ name: 'broker', address: '127.0.0.1', port: 1883 }],
    lbVservers: [{ name: 'brokers', method: 'token', services: [{ name: 'broker' }] }],
    userVservers: [{ name: 'mqtt', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'brokers' }]
  }
})
app.addHook('onReady', async () => { await weir.start() })
app.addHook('onClose', async () => { await weir.stop() })
await app.register(adminPlugin, { weir, prefix: '/weir' })
const address = await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT'] ?? 0) })

console.log(await (await fetch(address)).text())
const { body: health } = await new WeirClient({ url: `${address}/weir` }).call('getHealth')
console.log(`${address}/weir/v1/health`, health.status)
if (process.argv.includes('--exit')) await app.close()
process.once('SIGINT', () => void app.close())
