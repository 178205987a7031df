// A server that answers every PUBLISH of the benchmark's size with one PUBACK and everything else with a CONNACK. usage: backend.ts MESSAGE_BYTES
import net from 'node:net'
import { connack, puback } from './messages.ts'
import { readInto } from './read-into.ts'

const size = Number(process.argv[2])
const acks = Buffer.concat(Array.from({ length: 64 }, () => puback))

const server = net.createServer({ pauseOnConnect: true, noDelay: true }, accepted => {
  let connected = false
  let held = 0
  const socket = readInto(accepted, (bytes, length) => {
    if (!connected) {
      // The CONNECT comes alone: the client waits for its answer.
      connected = true
      socket.write(connack)
      return
    }
    held += length
    let whole = Math.floor(held / size)
    held -= whole * size
    while (whole > 0) {
      const n = Math.min(whole, 64)
      socket.write(n === 64 ? acks : acks.subarray(0, n * puback.length))
      whole -= n
    }
  })
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as net.AddressInfo).port }))
process.on('disconnect', () => process.exit())
