import { once } from 'node:events'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'

/**
 * Below the ports that systems give to sockets without one (Linux: from 32768, others: from 49152). A test file that
 * runs at the same time would else be given the port of a program that has not begun to listen.
 */
const FIRST = 20_000
const LAST = 32_767

/**
 * Test files that run at the same time have ranges of their own: nobody listens on a port yet that is given out, and
 * another file would be given it, too. vitest numbers the processes that run at once from 1.
 */
const RANGES = availableParallelism() + 2
const SIZE = Math.floor((LAST - FIRST + 1) / RANGES)
const from = FIRST + SIZE * ((Number(process.env['VITEST_POOL_ID'] ?? 1) - 1) % RANGES)

/** Ports of the range come one after the other, so that none is given out twice. */
let next = Math.floor(Math.random() * SIZE)

/** A port of loopback that was free a moment ago, for programs that cannot choose one themselves. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = from + next++ % SIZE
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
