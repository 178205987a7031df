import { once } from 'node:events'
import { createServer } from 'node:net'

/** True if this user may listen on a port of an address. */
export const mayListenOn = async (port: number, address: string): Promise<boolean> => {
  const server = createServer().listen(port, address)
  try { await once(server, 'listening') } catch { return false }
  server.close()
  await once(server, 'close')
  return true
}
