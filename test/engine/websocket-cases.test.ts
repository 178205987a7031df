// More of what the well-known WebSocket suites send: empty messages, control frames inside others, long ways through
// the network, and ends without a word.
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { atEnd } from '../support/engine-bench.ts'
import {
  BINARY, CLOSE, closeFrame, CONTINUATION, frame, PING, PONG, RawWebSocket, TEXT
} from '../support/raw-websocket.ts'
import {
  cut, echoes, ended, FRAGMENTS, hex, kept, LIMIT, more, text, withEchoes, type Case
} from '../support/echo-websockets.ts'

withEchoes()

/** One message in fragments of this size. */
const fragments = (opcode: number, payload: Buffer, size: number): Buffer[] =>
  cut(payload, size).map((part, i, all) => frame(i === 0 ? opcode : CONTINUATION, part, { fin: i === all.length - 1 }))

kept('empty messages', [
  ['text behind an empty one', [text(''), text('behind')]],
  ['binary behind an empty one', [frame(BINARY), frame(BINARY, 'behind')]],
  ['text behind three empty fragments', [text('', false), more(''), more('', true), text('behind')]],
  ['a hundred empty ones, then text', [Buffer.concat(Array.from({ length: 100 }, () => text(''))), text('behind')]]
])

kept('a message on a slow way', [
  ['4,000 bytes, byte by byte', cut(frame(BINARY, Buffer.alloc(4000, 7)), 1)],
  ['the largest message in pieces of 64 bytes', cut(frame(BINARY, Buffer.alloc(LIMIT, 7)), 64)],
  ['the largest text in pieces of 536 bytes', cut(text('*'.repeat(LIMIT)), 536)],
  ...[128, 256, 512, 1024, 2048].map((
    size
  ): Case => [`64 KiB of text in pieces of ${size}`, cut(text('*'.repeat(65_536)), size)]),
  ...[1300, 4096, 16_384, 65_536].map((
    size
  ): Case => [`64 KiB of text in fragments of ${size}`, fragments(TEXT, Buffer.alloc(65_536, 0x2a), size)]),
  [
    'fragments, each in two pieces',
    fragments(BINARY, Buffer.alloc(20_000, 9), 1000).flatMap(bytes => [bytes.subarray(0, 5), bytes.subarray(5)])
  ],
  [
    'thirty messages in pieces of 13',
    cut(Buffer.concat(Array.from({ length: 30 }, (_, i) => text(`message ${i};`))), 13)
  ]
])

kept('control frames within a message', [
  [
    'a ping before each fragment',
    fragments(TEXT, Buffer.from('0123456789'), 2).flatMap((bytes, i) => [frame(PING, `${i}`), bytes])
  ],
  [
    'pongs between fragments',
    fragments(TEXT, Buffer.from('0123456789'), 2).flatMap(bytes => [bytes, frame(PONG, 'unasked')])
  ],
  [
    'a ping of 125 bytes between two fragments, in pieces of 3',
    cut(Buffer.concat([text('one', false), frame(PING, Buffer.alloc(125, 1)), more('two', true)]), 3)
  ],
  ['a ping between two halves of a code point', [text(hex('ce'), false), frame(PING, 'ping'), more(hex('ba'), true)]],
  ['a ping whose payload is no UTF-8', [frame(PING, hex('ff80')), text('still here')]],
  ['a pong whose payload is no UTF-8', [frame(PONG, hex('ff80')), text('still here')]]
])

kept('kinds', [
  ['bytes that are no UTF-8, in binary', [frame(BINARY, hex('ff80c0af'))]],
  ['bytes that are no UTF-8, in binary fragments', fragments(BINARY, hex('ff80c0afeda080'), 2)]
])

ended('control frames that are none', [
  ['a ping whose length takes 16 bits', [frame(PING, 'abc', { lengthBits: 16 })]],
  ['a ping whose length takes 64 bits', [frame(PING, 'abc', { lengthBits: 64 })]],
  ['a Close whose length takes 16 bits', [frame(CLOSE, '', { lengthBits: 16 })]],
  ['a reserved opcode within a message in fragments', [text('first', false), frame(11), more('last', true)]],
  ['a reserved bit in a continuation', [text('first', false), frame(CONTINUATION, 'last', { rsv: 4 })]],
  ['an unmasked continuation', [text('first', false), frame(CONTINUATION, 'last', { masked: false })]],
  ['an unmasked pong', [frame(PONG, '', { masked: false })]],
  ['a Close of two bytes and half a code point', [closeFrame(1000, hex('ce'))]],
  ['a Close within a message, with an invalid code', [text('first', false), closeFrame(1005)]],
  ['what is no WebSocket at all', [Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')]],
  ['the frames of a server', [frame(TEXT, 'from a server', { masked: false }), frame(PING, '', { masked: false })]]
], 'protocol-error')

ended('text that is no UTF-8, in places', [
  ['cut by the end of the message', [text(hex('cebae1bd'))]],
  ['cut by the end of the last fragment', [text(hex('ceba'), false), more(hex('e1bd'), true)]],
  ['begun in one message and ended in the next', [text(hex('ce')), text(hex('ba'))]],
  ['in the last byte of 64 KiB', [text(Buffer.concat([Buffer.alloc(65_535, 0x2a), hex('ff')]))]],
  ['byte by byte', cut(text(hex('cebae1bdb9cf83cebcceb5f4908080656469746564')), 1)]
], 'protocol-error')

ended('the end of a client within something', [
  ['a Close behind the largest message', [frame(BINARY, Buffer.alloc(LIMIT, 1)), closeFrame(1000), frame(PING, 'late')]],
  ['a Close behind fragments', [text('first', false), more('second'), closeFrame(1001)]],
  ['a Close in pieces of one byte', cut(closeFrame(1000, 'reason'), 1)],
  ['a Close with a reason of many code points', [closeFrame(1000, 'κόσμε\u{10ffff}')]],
  ['a Close, then more than anybody reads', [closeFrame(1000), ...Array.from({ length: 20 }, () => frame(BINARY, Buffer.alloc(10_000)))]]
], 'client-closed')

describe('a client that ends without a Close frame', () => {
  test.each<readonly [what: string, bytes: Buffer]>([
    ['at once', Buffer.alloc(0)],
    ['within a header', frame(BINARY, 'x'.repeat(200)).subarray(0, 1)],
    ['within a length', frame(BINARY, 'x'.repeat(200)).subarray(0, 3)],
    ['within a mask', frame(BINARY, 'x'.repeat(200)).subarray(0, 6)],
    ['within a payload', frame(BINARY, 'x'.repeat(200)).subarray(0, 100)],
    ['between fragments', frame(BINARY, 'first', { fin: false })],
    ['within a Close', closeFrame(1000, 'reason').subarray(0, 7)]
  ])('%s', async (_what, bytes) => {
    const { weir, bench } = echoes()
    const client = await RawWebSocket.open(weir)
    atEnd(() => { client.socket.destroy() })
    client.socket.end(bytes)
    await until(() => client.closed, 'the connection to be closed')
    expect(await bench.log.ends()).toMatchObject([{ reason: 'client-closed' }])
    expect(bench.engine.stats().userVservers['v']!.connections).toBe(0)
  })
})

test.each<readonly [what: string, bytes: Buffer, code: number]>([
  ['a Close frame', closeFrame(1000, 'reason'), 1000],
  ['a Close frame without a code', frame(CLOSE), 0],
  ['a frame that is none', frame(15), 1002]
])('behind %s the server ends the connection, whatever the client does', async (_what, bytes, code) => {
  for (const port of [echoes().ws, echoes().weir]) {
    const client = await RawWebSocket.open(port)
    atEnd(() => { client.socket.destroy() })
    client.socket.write(bytes)
    await until(() => client.closed, 'the connection to be closed')
    expect(client.closeCode).toBe(code)
  }
})

test.each([[16_000, 1], [LIMIT, 64]])('a message of %i bytes that arrives in reads of %i', async (length, size) => {
  const { weir } = echoes()
  const client = await RawWebSocket.open(weir)
  atEnd(() => { client.socket.destroy() })
  for (const piece of cut(frame(BINARY, Buffer.alloc(length, 5)), size)) {
    client.socket.write(piece)
    // One turn to send it, and one to read it.
    for (let turn = 0; turn < 2; turn++) await new Promise(resolve => { setImmediate(resolve) })
  }
  await until(
    () =>
      client.data.length === length || (client.closed && Promise.reject(new Error(`closed with ${client.closeCode}`))),
    'the message to come back'
  )
})

test('more fragments than a message may have, by any way to send them', async () => {
  const { weir, bench } = echoes()
  const client = await RawWebSocket.open(weir)
  atEnd(() => { client.socket.destroy() })
  client.socket.write(text('', false))
  for (let i = 0; i < FRAGMENTS && client.closeCode === undefined; i++)
    client.socket.write(Buffer.concat([more('x'), frame(PING, `${i}`)]))
  await until(() => client.closeCode !== undefined, 'the Close frame')
  expect(client.closeCode).toBe(1008)
  client.socket.destroy()
  expect(await bench.log.ends()).toMatchObject([{ reason: 'protocol-error' }])
})
