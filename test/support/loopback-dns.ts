import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { atEnd } from './engine-bench.ts'

const HEADER = 12
const A = 1
/** A response without an error, with recursion (RFC 1035 §4.1.1). */
const RESPONSE = 0x8180
/** The name in the question, type A, class IN, a minute, four bytes: 127.0.0.1. */
const ANSWER = Buffer.from('c00c000100010000003c00047f000001', 'hex')

/**
 * A DNS server on loopback until the test ends: every name has the address 127.0.0.1, and no other record. Returns
 * its port.
 */
export const startLoopbackDns = async (): Promise<number> => {
  const socket = createSocket('udp4', (query, { address, port }) => {
    let end = HEADER
    while (query[end] !== 0) end += 1 + query[end]!
    const question = query.subarray(HEADER, end + 5)
    const answers = query.readUInt16BE(end + 1) === A ? [ANSWER] : []
    const header = Buffer.alloc(HEADER)
    for (const [i, value] of [query.readUInt16BE(0), RESPONSE, 1, answers.length].entries())
      header.writeUInt16BE(value, i * 2)
    socket.send(Buffer.concat([header, question, ...answers]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  atEnd(() => { socket.close() })
  return socket.address().port
}
