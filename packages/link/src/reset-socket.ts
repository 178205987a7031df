import type { Socket } from 'node:net'

const isEnding = (socket: Socket): boolean => socket.writableEnded && !socket.writableFinished

/**
 * Reset a socket that carries `above`, which may be itself. One that is ending is closed in place of that: libuv resets
 * none whose shutdown waits behind its writes, and Node then leaves it open (seen with 24.21).
 */
export const resetSocket = (socket: Socket, above: Socket): void => {
  if (isEnding(socket) || isEnding(above)) socket.destroy()
  else socket.resetAndDestroy()
}
