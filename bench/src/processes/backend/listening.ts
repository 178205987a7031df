import { once } from 'node:events'
import type net from 'node:net'

/** Have a server listen on a free port, which is returned. */
export const listening = async (server: net.Server): Promise<number> => {
  server.listen(0, '127.0.0.1', 4096)
  await once(server, 'listening')
  return (server.address() as net.AddressInfo).port
}

/** Let a connection go when its peer does. */
export const untilClosed = (socket: net.Socket): void => {
  socket.on('end', () => socket.end())
  socket.on('error', () => socket.destroy())
}
