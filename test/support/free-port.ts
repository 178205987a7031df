import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the ports that systems give to sockets without one (Linux: from 32768, others: from 49152). A test file that
 * runs at the same time would else be given the port of a program that has not begun to listen.
 */
const FIRST = 20_000
const LAST = 32_767

/** A port of loopback that was free a moment ago, for programs that cannot choose one themselves. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1))
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue
      throw error
    }
    server.close()
    await once(server, 'close')
    return port
  }
}
