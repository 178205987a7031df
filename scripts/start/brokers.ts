import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { Aedes } from 'aedes'

/** An MQTT broker in this process. */
export interface Broker {
  readonly name: string
  readonly port: number
  /** Client IDs of the clients it has had, oldest first. */
  readonly clients: readonly string[]
  close (): Promise<void>
}

/** Start a broker on a free port of loopback. */
export const startBroker = async (name: string): Promise<Broker> => {
  const aedes = await Aedes.createBroker({ id: name })
  const clients: string[] = []
  aedes.on('clientReady', client => { clients.push(client.id) })
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    aedes.handle(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    name,
    port: (server.address() as AddressInfo).port,
    clients,
    async close () {
      server.close()
      for (const socket of sockets) socket.destroy()
      await new Promise<void>(resolve => { aedes.close(resolve) })
    }
  }
}
