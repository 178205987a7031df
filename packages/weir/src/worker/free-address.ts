import { createServer } from 'node:net'
import { endpointText, type UserVserver, WeirError } from '@weirlb/model'
import type { Ports } from '@weirlb/engine'
import type { Inheritance } from '../inherited-sockets.ts'

/**
 * Check that no other program listens on a change's addresses. Workers share their ports (SO_REUSEPORT), and the
 * kernel would let any other program of the same user share them too, a second Weir for instance: each would get half
 * the clients. A socket without that option fails in that case, so one is opened and closed first. Ports of our
 * workers are not tried, and neither are those of inherited sockets.
 */
export const requireFreeAddresses = async (
  vservers: readonly UserVserver[],
  held: Ports,
  inherited: Inheritance
): Promise<void> => {
  const ours = new Set(Object.values(held))
  for (const [i, vserver] of vservers.entries()) {
    if (
      vserver.state !== 'enabled' || vserver.port === 0 || ours.has(vserver.port) ||
      inherited.has(vserver.address, vserver.port)
    ) continue
    const code = await tryToListen(vserver.address, vserver.port)
    // Every other failure is the worker's to explain: it may have rights that this process has not.
    if (code !== 'EADDRINUSE') continue
    const message = `user vserver '${vserver.name}': another program listens on ${
      endpointText(vserver.address, vserver.port)
    }`
    throw new WeirError('address-taken', message, { issues: [{ path: `userVservers[${i}].port`, message }] })
  }
}

const tryToListen = (host: string, port: number): Promise<string | undefined> => new Promise(resolve => {
  const server = createServer()
  server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
})
