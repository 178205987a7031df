import type { Socket } from 'node:net'
import { wheel, WheelTimer } from '../timers/wheel.ts'

/** Between two looks; a write that is lost at both is lost for good. */
const LOOK_MS = 1000

interface Queues { readonly _handle: { readonly writeQueueSize: number } | null, readonly _parent?: Queues }

/** What TLS has encrypted waits for a write of the plain socket below, which writes nothing. */
const isLost = (socket: Socket): boolean => {
  const { _handle: tls, _parent: raw } = socket as unknown as Queues
  return tls !== null && tls.writeQueueSize > 0 && raw?._handle?.writeQueueSize === 0
}

/**
 * Ends a TLS socket whose peer ended and then reset, while nothing but TLS itself was writing.
 *
 * Node 24.21 forgets the error of such a write (session tickets after a handshake; TLSWrap::EncOut), and believes that
 * it is still under way. Every later write waits behind it. Since the end is read already, no read finds the reset.
 */
class LostTlsWrite extends WheelTimer {
  readonly #socket: Socket
  #lost = false

  constructor (socket: Socket) {
    super()
    this.#socket = socket
  }

  override onTimeout (): void {
    if (this.#socket.destroyed) return
    const lost = isLost(this.#socket)
    if (lost && this.#lost) {
      this.#socket.destroy(Object.assign(new Error('the peer has reset the connection'), { code: 'ECONNRESET' }))
      return
    }
    this.#lost = lost
    wheel.arm(this, LOOK_MS)
  }
}

function onEnd (this: Socket): void { if (!this.destroyed) wheel.arm(new LostTlsWrite(this), LOOK_MS) }

/** Look for lost writes from the end of a TLS socket on; also when it is passed to one of Node's own streams. */
export const watchForLostWrites = (socket: Socket): void => { socket.once('end', onEnd) }
