import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { until } from '@weirlb/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { giveAway, guardWrites, own, PlainSocket } from './socket-owner.ts'
import type { SocketOwner } from './socket-owner.ts'

const server = createServer()
let socket: PlainSocket
let received: Promise<Buffer>
let accepted: Socket

beforeEach(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  received = once(server, 'connection').then(async ([connection]) => {
    accepted = connection as Socket
    return await buffer(accepted)
  })
  received.catch(() => {})
  socket = new PlainSocket()
  socket.connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
})
afterEach(() => {
  socket.destroy()
  server.close()
})

const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))

/** Write chunks as one writev does; returns all that arrived. */
const written = async (...chunks: (string | Buffer | readonly [string, BufferEncoding])[]): Promise<Buffer> => {
  socket.cork()
  for (const chunk of chunks) {
    if (typeof chunk === 'string') socket.write(chunk, 'latin1')
    else if (Buffer.isBuffer(chunk)) socket.write(chunk)
    else socket.write(chunk[0], chunk[1])
  }
  socket.uncork()
  expect(socket.bytesWritten).toBe(
    chunks.reduce((sum, chunk) =>
      sum +
      (typeof chunk === 'string' || Buffer.isBuffer(chunk) ? chunk.length : Buffer.byteLength(chunk[0], chunk[1])), 0)
  )
  socket.end()
  return await received
}

test('a head, a body and an empty end arrive as they are, whatever the bytes', async () => {
  expect(await written('HTTP/1.1 200 \xff\r\n\r\n', bytes, '')).toEqual(
    Buffer.concat([Buffer.from('HTTP/1.1 200 \xff\r\n\r\n', 'latin1'), bytes])
  )
})

test.each([16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 1024 * 1024])('so do %i bytes', async length => {
  const body = Buffer.alloc(length - 4, bytes)
  expect((await written('head', body)).equals(Buffer.concat([Buffer.from('head'), body]))).toBe(true)
})

test('text in other encodings, and bytes alone, are not joined', async () => {
  expect(await written('a', ['é', 'utf8'], ['ff', 'hex'])).toEqual(Buffer.from('61c3a9ff', 'hex'))
})

test('chunks without text arrive in their order', async () => {
  expect(await written(bytes, bytes.subarray(0, 3), 'end')).toEqual(
    Buffer.concat([bytes, bytes.subarray(0, 3), Buffer.from('end')])
  )
})

describe('a write that fails after the peer has reset', () => {
  const owner: SocketOwner = {
    onSocketConnect () {},
    onSocketBytes () {},
    onSocketEnd () {},
    onSocketDrain () {},
    onSocketError () {},
    onSocketWriteFailed () {},
    onSocketClose () {},
    onSocketFault (error) { throw error }
  }

  test.each<[string, (socket: PlainSocket) => void]>([
    ['a plain socket that never had an owner', () => {}],
    ['a guarded stream that never had an owner', guardWrites],
    ['a socket that its owner gave away', given => {
      own(given, owner)
      giveAway(given)
    }]
  ])('of %s is an error of that socket, as Node has it', async (_what, prepare) => {
    prepare(socket)
    const faults: unknown[] = []
    const onFault = (error: unknown): void => { faults.push(error) }
    process.on('uncaughtException', onFault)
    try {
      // The reset lies in the kernel: the socket is not read. Of two writes the second at the latest fails.
      accepted.resetAndDestroy()
      const failed = once(socket, 'error')
      await until(() => {
        if (!socket.destroyed) socket.write('x')
        return socket.destroyed
      }, 'a write to fail')
      expect(await failed).toMatchObject([{ syscall: 'write' }])
      expect(faults).toEqual([])
    } finally {
      process.off('uncaughtException', onFault)
    }
  })
})
