// Two MQTT servers in one process: every CONNECT gets a CONNACK, every other packet a PUBACK. Says { ports }.
// The session-present bit of the CONNACK tells which of the two has answered.
import { once } from 'node:events'
import net from 'node:net'
import { connack, puback } from '../wire/messages.ts'
import { PacketCounter } from '../wire/packet-counter.ts'
import { readInto } from '../wire/read-into.ts'

const BATCH = 64
const acks = Buffer.concat(Array.from({ length: BATCH }, () => puback))

const listen = async (index: number): Promise<number> => {
  const welcome = Buffer.from(connack)
  welcome[2] = index
  const server = net.createServer({ pauseOnConnect: true, noDelay: true }, accepted => {
    let connected = false
    const counter = new PacketCounter()
    const socket = readInto(accepted, (bytes, length) => {
      let whole = counter.count(bytes, length)
      if (!connected && whole > 0) {
        connected = true
        whole--
        socket.write(welcome)
      }
      for (; whole > 0; whole -= BATCH) socket.write(whole >= BATCH ? acks : acks.subarray(0, whole * puback.length))
    })
    socket.on('end', () => socket.end())
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1', 4096)
  await once(server, 'listening')
  return (server.address() as net.AddressInfo).port
}

process.on('disconnect', () => process.exit())
process.send!({ ports: [await listen(0), await listen(1)] })
