// mqtt.js as its README shows it: connect and subscribe, all else defaults. ARGS: port, protocol version, client ID,
// [JSON of more options].
import { connect } from 'mqtt'

const [port, version, clientId, options = '{}'] = process.argv.slice(2)
const client = connect({
  host: '127.0.0.1',
  port: Number(port),
  protocolVersion: Number(version),
  clientId,
  ...JSON.parse(options)
})
client.on('connect', () => {
  client.subscribe('t/#')
})
client.on('error', error => {
  console.error(error.message)
})
// An application has more to do than MQTT: the process stays when the client gives up.
setInterval(() => {}, 60_000)
