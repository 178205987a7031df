// A closed loop: every connection has `window` messages in flight for `seconds`. Told by the parent: { port, connections, window, seconds, size }.
import net from 'node:net'
import { connectPacket, publishPacket } from './messages.ts'

interface Order { readonly port: number, readonly connections: number, readonly window: number, readonly seconds: number, readonly size: number }

const shared = Buffer.alloc(64 * 1024)
const ACK = 4

const run = async (order: Order): Promise<void> => {
  const publish = publishPacket(order.size)
  const latencies: number[] = []
  let done = 0
  let counting = false
  let stopping = false
  const sockets: net.Socket[] = []
  await Promise.all(Array.from({ length: order.connections }, async (_, i) => await new Promise<void>((resolve, reject) => {
    let connected = false
    let sentAt = 0
    let held = 0
    const socket: net.Socket = net.connect({
      port: order.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length: number) => {
          held += length
          if (!connected) {
            if (held < ACK) return true
            held -= ACK
            connected = true
            resolve()
            return true
          }
          while (held >= ACK) {
            held -= ACK
            if (counting) {
              done++
              latencies.push(performance.now() - sentAt)
            }
            if (!stopping) {
              sentAt = performance.now()
              socket.write(publish)
            }
          }
          return true
        }
      }
    } as unknown as net.NetConnectOpts)
    socket.on('connect', () => socket.write(connectPacket(`client-${process.pid}-${i}`)))
    socket.on('error', reject)
    sockets.push(socket)
  })))
  for (const socket of sockets) for (let n = 0; n < order.window; n++) socket.write(publish)
  // A second of warm-up, then the measured part.
  await new Promise(resolve => setTimeout(resolve, 1000))
  process.send!({ started: true })
  counting = true
  const from = performance.now()
  await new Promise(resolve => setTimeout(resolve, order.seconds * 1000))
  counting = false
  stopping = true
  const seconds = (performance.now() - from) / 1000
  latencies.sort((a, b) => a - b)
  process.send!({ done, seconds, p50: latencies[latencies.length >> 1] ?? 0, p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0 })
  for (const socket of sockets) socket.destroy()
}

/** Open connections and keep them open, idle. */
const idle = async (port: number, connections: number): Promise<void> => {
  const sockets: net.Socket[] = []
  for (let i = 0; i < connections; i++) {
    await new Promise<void>((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', onread: { buffer: shared, callback: () => { resolve(); return true } } } as unknown as net.NetConnectOpts)
      socket.on('connect', () => socket.write(connectPacket(`idle-${i}`)))
      socket.on('error', reject)
      sockets.push(socket)
    })
  }
  process.send!({ idle: connections })
  process.once('message', () => {
    for (const socket of sockets) socket.destroy()
    process.send!({ closed: true })
  })
}

process.on('message', (message: { run?: Order, idle?: { port: number, connections: number } }) => {
  if (message.run !== undefined) void run(message.run)
  else if (message.idle !== undefined) void idle(message.idle.port, message.idle.connections)
})
process.on('disconnect', () => process.exit())
