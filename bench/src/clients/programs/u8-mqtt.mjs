// u8-mqtt with its automatic reconnection. ARGS: port, protocol version, client ID.
const [port, version, id] = process.argv.slice(2)
const { default: mqtt } = await import(`u8-mqtt/esm/node/v${version}.js`)
const told = error => {
  console.error(String(error))
}
const client = mqtt().with_tcp(Number(port), '127.0.0.1').with_autoreconnect().with({
  on_ready: () => {
    client.subscribe(['t/#']).catch(told)
  }
})
process.on('unhandledRejection', told)
setInterval(() => {}, 60_000)
client.connect({ client_id: id }).catch(told)
