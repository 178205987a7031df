// node servers.ts PORT...: servers for trackers. They answer an IMEI with 01, and each packet with its number of positions.
import { createServer } from 'node:net'

for (const port of process.argv.slice(2)) {
  createServer(socket => {
    socket.once('data', () => {
      socket.write(Uint8Array.of(1))
      socket.on('data', packet => socket.write(Uint8Array.of(0, 0, 0, packet[9] ?? 0)))
    })
    socket.on('error', () => {})
  }).listen(Number(port), '127.0.0.1')
}
