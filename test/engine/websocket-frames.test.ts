// What a WebSocket client may send, and what it may not: answered as the `ws` library answers it, by an extension that
// says everything back.
import { BINARY, CLOSE, closeFrame, CONTINUATION, frame, PING, PONG, TEXT } from '../support/raw-websocket.ts'
import {
  cut, ended, FRAGMENTS, hex, kept, LIMIT, more, text, withEchoes, type Case
} from '../support/echo-websockets.ts'

withEchoes()

const sizes = [1, 2, 125, 126, 127, 128, 1000, 65_535, 65_536, 70_000]

kept('whole messages', [
  ...sizes.flatMap((size): Case[] => [[`text of ${size} bytes`, [text('*'.repeat(size))]], [`binary of ${size} bytes`, [frame(BINARY, Buffer.alloc(size, 0xfe))]]]),
  ...[1, 2, 3, 5, 7].map((size): Case => [`text of 130 bytes in pieces of ${size}`, cut(text('*'.repeat(130)), size)]),
  ['text of 70,000 bytes in pieces of 997', cut(text('+'.repeat(70_000)), 997)],
  ['a length in more bits than it needs, 16', [frame(BINARY, 'abc', { lengthBits: 16 })]],
  ['a length in more bits than it needs, 64', [frame(BINARY, 'abc', { lengthBits: 64 })]],
  ['the largest message', [frame(BINARY, Buffer.alloc(LIMIT, 1))]],
  ['twenty messages in one segment', [Buffer.concat(Array.from({ length: 20 }, (_, i) => text(`${i};`)))]]
])

kept('pings and pongs', [
  ['an empty ping', [frame(PING)]],
  ['a ping with text', [frame(PING, 'Hello, world!')]],
  ['a ping with bytes', [frame(PING, hex('00fffefdfcfb00ff'))]],
  ['a ping of 125 bytes', [frame(PING, Buffer.alloc(125, 0xfe))]],
  ['a ping of 125 bytes, byte by byte', cut(frame(PING, Buffer.alloc(125, 0xfe)), 1)],
  ['a pong that nobody asked for', [frame(PONG)]],
  ['a pong with text, then a ping', [frame(PONG, 'unsolicited'), frame(PING, 'asked')]],
  ['ten pings', Array.from({ length: 10 }, (_, i) => frame(PING, `payload-${i}`))]
])

kept('fragments', [
  ['text in two', [text('fragment1', false), more('fragment2', true)]],
  ['text in two, in one segment', [Buffer.concat([text('fragment1', false), more('fragment2', true)])]],
  ['text in two, byte by byte', cut(Buffer.concat([text('fragment1', false), more('fragment2', true)]), 1)],
  ['a ping between two fragments', [text('fragment1', false), frame(PING, 'ping'), more('fragment2', true)]],
  ['a ping between two fragments, byte by byte', cut(Buffer.concat([text('fragment1', false), frame(PING, 'ping'), more('fragment2', true)]), 1)],
  ['five fragments with pings between them', [text('1', false), more('2'), frame(PING, 'a'), more('3'), more('4'), frame(PING, 'b'), more('5', true)]],
  ['an empty fragment at each end', [text('', false), more('middle'), more('', true)]],
  ['binary in as many fragments as there may be', [frame(BINARY, 'x', { fin: false }), ...Array.from({ length: FRAGMENTS - 2 }, () => more('x')), more('x', true)]]
])

const codePoints = 'κόσμε–\u{10000}\u{10ffff}\ud7ff\ue000\ufffd'
kept('UTF-8', [
  ['many code points', [text(codePoints)]],
  ['cut within a code point, in fragments', [text(Buffer.from(codePoints).subarray(0, 3), false), more(Buffer.from(codePoints).subarray(3), true)]],
  ['a fragment for each byte', [...Buffer.from(codePoints)].map((byte, i, all) => frame(i === 0 ? TEXT : CONTINUATION, Buffer.of(byte), { fin: i === all.length - 1 }))],
  ...['c280', 'e0a080', 'f0908080', '7f', 'dfbf', 'efbfbf', 'f48fbfbf', 'ed9fbf', 'ee8080', 'efbfbd', 'efb790', 'f09fbfbe', '00'].map((bytes): Case => [`valid: ${bytes}`, [text(hex(bytes))]])
])

ended('what is no UTF-8', [
  ...[
    '80',
    'bf',
    '80bf80bf',
    'c0af',
    'e080af',
    'f08080af',
    'f8808080af',
    'c1bf',
    'e09fbf',
    'f08fbfbf',
    'c0',
    'c3',
    'e0',
    'e080',
    'f0',
    'f08080',
    'fe',
    'ff',
    'fefeffff',
    'eda080',
    'edadbf',
    'edae80',
    'edafbf',
    'edb080',
    'edbfbf',
    'eda080edb080',
    'f4908080',
    'f7bfbfbf',
    'fbbfbfbfbf',
    'cebae1bdb9cf83cebcceb5eda080656469746564',
    'c328',
    'a0a1',
    'e228a1',
    'e28228',
    'f0288cbc',
    'f09028bc',
    'f0288c28'
  ].map((bytes): Case => [bytes, [text(hex(bytes))]]),
  ['in the second of three fragments', [text('κόσμε', false), more(hex('f4908080')), more('edited', true)]],
  ['unfinished at the end', [text(hex('cebae1bdb9cf'), false), more('', true)]]
], 'protocol-error')

ended('frames that are none', [
  ...[1, 2, 3, 4, 5, 6, 7].flatMap((rsv): Case[] => [
    [`reserved bits ${rsv} in text`, [frame(TEXT, 'small', { rsv })]],
    [`reserved bits ${rsv} in a ping`, [frame(PING, 'ping', { rsv })]],
    [`reserved bits ${rsv} in a Close`, [frame(CLOSE, '', { rsv })]]
  ]),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode): Case[] => [[`opcode ${opcode}`, [frame(opcode)]], [`opcode ${opcode} with a payload, behind text`, [text('before'), frame(opcode, 'reserved')]]]),
  ['an unmasked frame', [frame(TEXT, 'unmasked', { masked: false })]],
  ['an unmasked ping', [frame(PING, '', { masked: false })]],
  ['an unmasked Close', [frame(CLOSE, '', { masked: false })]],
  ['a ping of 126 bytes', [frame(PING, Buffer.alloc(126))]],
  ['a pong of 126 bytes', [frame(PONG, Buffer.alloc(126))]],
  ['a Close of 126 bytes', [frame(CLOSE, Buffer.alloc(126, 0x31))]],
  ['a ping in fragments', [frame(PING, 'a', { fin: false }), more('b', true)]],
  ['a pong in fragments', [frame(PONG, 'a', { fin: false }), more('b', true)]],
  ['a Close in fragments', [frame(CLOSE, '', { fin: false })]],
  ['a continuation of nothing', [more('nothing', true)]],
  ['a continuation of nothing, unfinished', [more('nothing')]],
  ['a continuation behind a whole message', [text('whole'), more('nothing', true)]],
  ['text within a message in fragments', [text('first', false), text('second')]],
  ['binary within a message in fragments', [text('first', false), frame(BINARY, 'second')]],
  ['a message over the limit, claimed', [frame(BINARY, '', { claims: BigInt(LIMIT) + 1n })]],
  ['a message over the limit, in two fragments', [frame(BINARY, Buffer.alloc(LIMIT), { fin: false }), more('x', true)]],
  ['a length of 2^53', [frame(BINARY, '', { claims: 2n ** 53n })]],
  ['a length of 2^63', [frame(BINARY, '', { claims: 2n ** 63n })]],
  ['a length of 2^64 − 1', [frame(BINARY, '', { claims: 2n ** 64n - 1n })]],
  ['more fragments than there may be', [frame(BINARY, 'x', { fin: false }), ...Array.from({ length: FRAGMENTS }, () => more('x'))]],
  ['empty fragments without an end', [frame(BINARY, '', { fin: false }), ...Array.from({ length: FRAGMENTS + 1 }, () => more(''))]],
  ['a Close of one byte', [frame(CLOSE, 'x')]],
  ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((
    code
  ): Case => [`a Close with code ${code}`, [closeFrame(code)]]),
  ['a Close whose reason is no UTF-8', [closeFrame(1000, hex('cebae1bdb9cf83cebcceb5eda080656469746564'))]]
], 'protocol-error')

ended('the end of a client', [
  ['an empty Close', [frame(CLOSE)]],
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999].map((
    code
  ): Case => [`a Close with code ${code}`, [closeFrame(code, 'reason')]]),
  ['a Close with a reason of 123 bytes', [closeFrame(1000, '*'.repeat(123))]],
  ['text behind a Close', [closeFrame(1000), text('late')]],
  ['a ping behind a Close', [closeFrame(1000), frame(PING, 'late')]],
  ['two Closes', [closeFrame(1000), closeFrame(1001)]],
  ['a fragment, then a Close', [text('first', false), closeFrame(1000)]],
  ['what is no frame behind a Close', [closeFrame(1000), frame(15, '', { rsv: 7 })]]
], 'client-closed')
