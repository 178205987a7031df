import net from 'node:net'
import { readInto } from '../../wire/read-into.ts'
import { listening, untilClosed } from './listening.ts'

const SPACE = 0x20
const ZERO = 0x30

/** Counts messages that have their length in front (RFC 6587, §3.4.1), however the stream is cut. */
export class OctetCounter {
  /** Bytes of the current message that are still to come; 0 while its length is read. */
  #left = 0
  #length = 0

  /** How many messages end within these bytes. */
  count (bytes: Uint8Array, end: number): number {
    let whole = 0
    let at = 0
    while (at < end) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, end - at)
        at += step
        this.#left -= step
        if (this.#left === 0) whole++
      } else {
        const byte = bytes[at++]!
        if (byte === SPACE) {
          this.#left = this.#length
          this.#length = 0
        } else this.#length = this.#length * 10 + byte - ZERO
      }
    }
    return whole
  }
}

/** A syslog server that counts what it gets. */
export interface Collector { readonly port: number, arrived: number }

export const listenSyslog = async (): Promise<Collector> => {
  const server = net.createServer({ pauseOnConnect: true }, accepted => {
    const counter = new OctetCounter()
    const socket = readInto(accepted, (bytes, length) => { collector.arrived += counter.count(bytes, length) })
    untilClosed(socket)
  })
  const collector = { port: await listening(server), arrived: 0 }
  return collector
}
