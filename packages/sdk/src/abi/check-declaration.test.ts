import { describe as group, expect, test } from 'vitest'
import { frame, MiB } from '../framing.ts'
import { describe } from '../guest/describe.ts'
import { param } from '../params.ts'
import { defineProtocol } from '../protocol.ts'
import { forward } from '../verdict.ts'
import { checkDeclaration } from './check-declaration.ts'
import { MAX_ENTRY } from './layout.ts'

const onMessage = () => forward()
const valid = { name: 'x', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 1024 }), onMessage } }

/** The issues of a default export, as `path: message`. */
const issuesOf = (exported: unknown): string[] => {
  const checked = checkDeclaration(describe(exported))
  return checked.ok ? [] : checked.issues.map(issue => `${issue.path}: ${issue.message}`)
}
const answering = { send: onMessage, judge: onMessage, framing: frame.lines({ max: 9 }) }
const row = [{ names: ['GET'], key: { element: 1 } }]
const keyed = (keys: unknown): object => ({ ...valid, balance: 'per-message', client: { ...valid.client, keys } })
const withClient = (client: object): unknown => ({ ...valid, client: { ...valid.client, ...client } })

test('a whole protocol becomes a declaration', () => {
  const protocol = defineProtocol({
    name: 'demo',
    api: 1,
    balance: 'per-connection',
    resend: 'first-message',
    params: {
      anonymous: param.boolean({ default: true }),
      limit: param.int({ default: 5, min: 1, max: 9 }),
      mode: param.oneOf(['a', 'b'], { default: 'a' }),
      label: param.string({ default: '' }),
      rules: param.list({ topic: param.string({ default: '#' }) })
    },
    fields: { 'demo.id': 'string', 'demo.n': 'int', 'demo.ok': 'bool', 'demo.password': 'secret' },
    client: { framing: frame.varint({ at: 1, max: 1000 }), only: { at: 0, mask: 0xf0, in: [0x10, 0x30] }, peek: 16, onMessage },
    server: { framing: frame.length({ at: 0, size: 4, max: 64 * MiB }) },
    goodbye: () => undefined
  })
  expect(checkDeclaration(describe(protocol))).toEqual({
    ok: true,
    declaration: {
      name: 'demo',
      api: 1,
      balance: 'per-connection',
      replies: 'none',
      resend: 'first-message',
      startTls: false,
      serverTls: undefined,
      params: {
        anonymous: { type: 'boolean', default: true },
        limit: { type: 'int', default: 5, min: 1, max: 9 },
        mode: { type: 'string', default: 'a', oneOf: ['a', 'b'] },
        label: { type: 'string', default: '', oneOf: undefined },
        rules: { type: 'list', of: { topic: { type: 'string', default: '#', oneOf: undefined } }, max: 256, default: [] }
      },
      fields: [
        { name: 'demo.id', type: 'string', message: false },
        { name: 'demo.n', type: 'int', message: false },
        { name: 'demo.ok', type: 'bool', message: false },
        { name: 'demo.password', type: 'secret', message: false }
      ],
      client: { kind: 'messages', framing: { kind: 'varint', at: 1, max: 1000 }, only: { at: 0, mask: 0xf0, in: [0x10, 0x30] }, peek: 16, handler: true },
      server: {
        kind: 'messages', framing: { kind: 'length', at: 0, size: 4, plus: 0, littleEndian: false, max: 64 * MiB }, only: undefined, peek: undefined, handler: false
      },
      hooks: { state: false, connect: false, goodbye: true, close: false, params: false, unanswered: false },
      websocket: { subprotocols: [], messages: 'binary' },
      probe: undefined
    }
  })
})

const singles = (n: number): { from: number, to: number }[] => Array.from({ length: n }, (_, i) => ({ from: i % 256, to: i % 256 }))
const where = (at: number): object => ({ framing: frame.varint({ at: 1, max: 9 }), closes: [{ from: 1, to: 1, where: { at, from: 1, to: 2 } }] })

test.each([
  ['256 beginnings', { begins: singles(256) }, true], ['257 beginnings', { begins: singles(257) }, false],
  ['256 closing frames', { closes: singles(256) }, true], ['257 closing frames', { closes: singles(257) }, false],
  ['byte 1022', where(1022), true], ['byte 1023', where(1023), true], ['byte 1024', where(1024), false]
])('at the bound: %s', (_, client, ok) => {
  const checked = checkDeclaration(describe(withClient(client)))
  expect(checked.ok, JSON.stringify(checked)).toBe(ok)
})

test('the answers of a probe are cut as the server side is, or as it says itself', () => {
  const [server, own] = [frame.lines({ max: 9 }), frame.fixed({ size: 4 })]
  const probeOf = (more: object): unknown => {
    const checked = checkDeclaration(describe({ ...valid, ...more }))
    return checked.ok && checked.declaration.probe
  }
  const probe = { send: onMessage, judge: onMessage }
  expect([probeOf({ server: { framing: server }, probe }), probeOf({ server: { framing: server }, probe: { ...probe, framing: own } }), probeOf({ probe: { ...probe, framing: own } })])
    .toEqual([server, own, own].map(framing => ({ framing, params: {}, secrets: [], checks: false })))
})

test('what may be left out is undefined', () => {
  const checked = checkDeclaration(describe(valid))
  expect(checked).toMatchObject({ ok: true, declaration: { params: {}, fields: [], server: undefined, client: { only: undefined, peek: undefined } } })
})

group('codes', () => {
  test.each([undefined, null, 5, 'text', () => 1])('no default export: %s', exported => {
    expect(checkDeclaration(describe(exported))).toMatchObject({ ok: false, code: 'extension-no-default' })
  })
  test.each(['', '{', '[]', '"x"'])('JSON that is no object: %s', json => {
    expect(checkDeclaration(json)).toMatchObject({ ok: false, code: 'extension-no-default' })
  })
  test('another API version', () => {
    expect(checkDeclaration(describe({ ...valid, api: 2, name: 5 }))).toEqual({
      ok: false, code: 'extension-api', issues: [{ path: 'api', message: 'unknown version 2; there are: 1' }]
    })
  })
  test('anything else', () => {
    expect(checkDeclaration(describe({ ...valid, name: '' }))).toMatchObject({ ok: false, code: 'extension-invalid' })
    const loop: Record<string, unknown> = { ...valid }
    loop['params'] = loop
    expect(issuesOf(loop)[0]).toMatch('the declaration cannot be read')
  })
})

test.each<[string, unknown, string]>([
  ['no api', { ...valid, api: undefined }, 'api: missing: say which version of the API the extension is written for; there are: 1'],
  ['name', { ...valid, name: 'a b' }, 'name: expected a letter, then letters, digits, "_", "." or "-", at most 63, got "a b"'],
  ['balance', { ...valid, balance: 5 }, 'balance: unknown value 5; there are: per-connection, per-message'],
  ['replies', { ...valid, balance: 'per-message', replies: 'x' }, 'replies: unknown value "x"; there are: none, as-they-come, in-order, matched'],
  ['replies of one server', { ...valid, replies: 'in-order' }, 'replies: says how several servers answer one client: it needs balance: "per-message"'],
  ['resend', { ...valid, resend: 'all' }, 'resend: unknown value "all"; there are: first-message'],
  ['resend per message', { ...valid, balance: 'per-message', resend: 'first-message' }, "resend: needs balance: 'per-connection'"],
  ['matched replies that nobody matches', { ...valid, balance: 'per-message', replies: 'matched', server: { framing: frame.lines({ max: 1024 }) } }, "server.onMessage: missing: with replies: 'matched' it says which request a message answers, forward({ match })"],
  ['a server side that says nothing', { ...valid, balance: 'per-message', server: { framing: frame.lines({ max: 1024 }) } }, 'replies: missing: there is a server side; say how its messages go to the client: as-they-come, in-order, matched'],
  ['replies that cannot be told apart', { ...valid, balance: 'per-message', replies: 'in-order' }, 'server.framing: missing: messages of several servers can only be told apart with a framing'],
  ['no client', { ...valid, client: undefined }, 'client: missing: a protocol needs the client side: { framing, onMessage } or { onData }'],
  ['onData', { ...valid, client: { onData: true } }, 'client.onData: expected a function, got "true"'],
  ['a stream with framing', { ...valid, client: { framing: frame.lines({ max: 9 }), onData: onMessage } }, 'client.framing: a side with onData is a stream that the extension cuts itself'],
  ['a stream with messages', { ...valid, server: { onMessage, onData: onMessage } }, 'server.onMessage: a side with onData is a stream'],
  ['a stream with only and peek', { ...valid, client: { onData: onMessage, only: { at: 0, mask: 255, in: [1] }, peek: 4 } }, 'client.peek: a side with onData is a stream'],
  ['a stream per message', { ...valid, balance: 'per-message', client: { onData: onMessage } }, 'client.onData: per-message balancing needs messages, and a stream has none'],
  ['client', { ...valid, client: 5 }, 'client: expected an object, got 5'],
  ['websocket', { ...valid, websocket: 'mqtt' }, 'websocket: expected an object, got "mqtt"'],
  [
    'sub-protocols that are no list',
    { ...valid, websocket: { subprotocols: 'mqtt' } },
    'websocket.subprotocols: expected a list of at most 16 names, got "mqtt"'
  ],
  [
    'a sub-protocol that is no name',
    { ...valid, websocket: { subprotocols: ['mqtt', 'a, b'] } },
    'websocket.subprotocols[1]: expected the name of a sub-protocol, such as "mqtt", got "a, b"'
  ],
  [
    'a sub-protocol twice',
    { ...valid, websocket: { subprotocols: ['mqtt', 'mqtt'] } },
    'websocket.subprotocols[1]: "mqtt" stands there twice'
  ],
  [
    'messages of no kind',
    { ...valid, websocket: { messages: 'json' } },
    'websocket.messages: unknown value "json"; there are: binary, text, both'
  ],
  ['probe', { ...valid, probe: 5 }, 'probe: expected an object, got 5'],
  ['probe that asks nothing', { ...valid, probe: { judge: onMessage, framing: frame.lines({ max: 9 }) } }, 'probe.send: expected a function, got nothing'],
  ['probe that judges nothing', { ...valid, probe: { send: onMessage, judge: 'up', framing: frame.lines({ max: 9 }) } }, 'probe.judge: expected a function, got "up"'],
  ['probe whose answers have no end', { ...valid, probe: { send: onMessage, judge: onMessage } }, 'probe.framing: missing: nothing says where an answer ends; give it, or server: { framing }'],
  ['probe beside a stream', { ...valid, server: { onData: onMessage }, probe: { send: onMessage, judge: onMessage } }, 'probe.framing: missing'],
  ['parameter of a probe', { ...valid, probe: { ...answering, params: { n: { type: 'float' } } } }, 'probe.params.n.type: unknown type "float"; there are: int, string, boolean, list'],
  ['secrets of a probe', { ...valid, probe: { ...answering, secrets: 'password' } }, 'probe.secrets: expected a list of at most 4 names, got "password"'],
  ['too many secrets of a probe', { ...valid, probe: { ...answering, secrets: ['a', 'b', 'c', 'd', 'e'] } }, 'probe.secrets: expected a list of at most 4 names, got 5'],
  ['name of a secret', { ...valid, probe: { ...answering, secrets: ['../x'] } }, 'probe.secrets[0]: expected a letter, then letters, digits and "_", at most 64, got "../x"'],
  ['secret twice', { ...valid, probe: { ...answering, secrets: ['a', 'a'] } }, 'probe.secrets[1]: declared twice'],
  ['check of a probe', { ...valid, probe: { ...answering, checkParams: 1 } }, 'probe.checkParams: expected a function, got 1'],
  ['framing of a probe', { ...valid, probe: { send: onMessage, judge: onMessage, framing: { kind: 'x' } } }, 'probe.framing.kind: unknown framing "x"'],
  ['check of parameters', { ...valid, checkParams: [] }, 'checkParams: expected a function, got []'],
  ['hook', { ...valid, onConnect: 5 }, 'onConnect: expected a function, got 5'],
  ['nothing to begin with', withClient({ begins: [] }), 'client.begins: expected a list of 1 to 256 ranges { from, to }, got []'],
  ['a byte to begin with', withClient({ begins: [{ from: 1, to: 2 }, 16] }), 'client.begins[1]: expected an object, got 16'],
  ['a range to begin with', withClient({ begins: [{ from: 0x20, to: 0x1f }] }), 'client.begins[0]: from 32 is greater than to 31'],
  ['unasked of a client', withClient({ unasked: [] }), 'client.unasked: is for the server side'], ['nothing unasked', withClient({ unasked: [] }), 'client.unasked: expected a list of 1 to 256 ranges { from, to }, got []'],
  ['what a server begins with', { ...valid, server: { framing: frame.lines({ max: 9 }), begins: [{ from: 0, to: 1 }] } }, 'server.begins: is for the client side'],
  ['no closing frames', withClient({ closes: [] }), 'client.closes: expected a list of 1 to 256 cases { from, to, where? }, got []'],
  ['closing frames that are none', withClient({ closes: [5] }), 'client.closes[0]: expected an object, got 5'],
  ['a range that closes', withClient({ closes: [{ from: 2, to: 1 }] }), 'client.closes[0]: from 2 is greater than to 1'],
  ['closing frames twice', withClient({ closes: [{ from: 1, to: 9 }, { from: 9, to: 10 }] }), 'client.closes[1]: 9 to 10 overlaps closes[0]: a first byte can be in one only'],
  ['a byte that decides nothing', withClient({ framing: frame.varint({ at: 1, max: 9 }), closes: [{ from: 1, to: 1, where: { at: 0, from: 9, to: 8 } }] }), 'client.closes[0].where: from 9 is greater than to 8'],
  ['a byte that decides too late', withClient({ framing: frame.varint({ at: 1, max: 9 }), closes: [{ from: 1, to: 1, where: { at: 1024, from: 0, to: 0 } }] }), 'client.closes[0].where.at: expected a whole number from 0 to 1023, got 1024'],
  ['a byte that decides without a header', withClient({ framing: frame.lines({ max: 9 }), closes: [{ from: 1, to: 1, where: { at: 0, from: 0, to: 0 } }] }), 'client.closes[0].where: this framing has no header behind which a byte could decide'],
  ['closing frames of a stream', { ...valid, client: { onData: onMessage, closes: [{ from: 1, to: 1 }] } }, 'client.closes: a side with onData is a stream'],
  ['closing frames per message', { ...valid, balance: 'per-message', replies: 'in-order', server: { framing: frame.lines({ max: 9 }), closes: [{ from: 1, to: 1 }] } }, "server.closes: needs balance: 'per-connection'"],
  ['unknown property', { ...valid, onClosed: () => {} }, 'onClosed: unknown property; there are: name, api, balance'],
  ['misspelt handler', withClient({ onMesage: onMessage }), 'client.onMesage: unknown property; there are: framing, begins, closes, unasked, only, peek, keys, onMessage, onData'],
  ['handler', withClient({ onMessage: 'x' }), 'client.onMessage: expected a function, got "x"'],
  ['no framing', withClient({ framing: undefined }), 'client.framing: missing: say how messages are cut'],
  ['framing', withClient({ framing: 'lines' }), 'client.framing: expected a framing, got "lines"'],
  ['kind', withClient({ framing: { kind: 'line' } }), 'client.framing.kind: unknown framing "line"; there are: varint, length, fixed, delimiter, counted, elements, byFirstByte'],
  ['inherited kind', withClient({ framing: { kind: 'constructor' } }), 'client.framing.kind: unknown framing "constructor"'],
  ['no max', withClient({ framing: { kind: 'varint', at: 1 } }), 'client.framing.max: missing: every framing needs the size of its largest frame'],
  ['max below header', withClient({ framing: frame.varint({ at: 4, max: 4 }) }), 'client.framing.max: expected a whole number from 5 to 2147483647, got 4'],
  ['max of length', withClient({ framing: frame.length({ at: 2, size: 4, max: 5 }) }), 'client.framing.max: expected a whole number from 6'],
  ['max of counted', withClient({ framing: frame.counted({ max: 1 }) }), 'client.framing.max: expected a whole number from 2'],
  ['max of delimiter', withClient({ framing: frame.delimiter({ bytes: [1, 2, 3], max: 2 }) }), 'client.framing.max: expected a whole number from 3'],
  ['infinite max', withClient({ framing: frame.lines({ max: Infinity }) }), 'client.framing.max: expected a whole number from 1 to 2147483647, got null'],
  ['fraction', withClient({ framing: frame.lines({ max: 1.5 }) }), 'client.framing.max: expected a whole number'],
  ['at', withClient({ framing: frame.varint({ at: -1, max: 9 }) }), 'client.framing.at: expected a whole number from 0 to 65535, got -1'],
  ['size', withClient({ framing: { ...frame.length({ at: 0, size: 4, max: 9 }), size: 3 } }), 'client.framing.size: unknown value 3; there are: 1, 2, 4'],
  ['plus', withClient({ framing: frame.length({ at: 0, size: 2, plus: -3, max: 9 }) }), 'client.framing.plus: expected a whole number from -2'],
  ['fixed', withClient({ framing: frame.fixed({ size: 0 }) }), 'client.framing.size: expected a whole number from 1'],
  ['no delimiter', withClient({ framing: frame.delimiter({ bytes: [], max: 9 }) }), 'client.framing.bytes: expected a list of 1 to 16 bytes, got []'],
  ['delimiter too long', withClient({ framing: frame.delimiter({ bytes: Array<number>(17).fill(1), max: 99 }) }), 'client.framing.bytes: expected a list of 1 to 16'],
  ['delimiter byte', withClient({ framing: frame.delimiter({ bytes: [10, 256], max: 9 }) }), 'client.framing.bytes[1]: expected a whole number from 0 to 255, got 256'],
  ['never', withClient({ framing: { ...frame.lines({ max: 9 }), never: [10] } }), 'client.framing.never: stands in the delimiter: no frame could end'],
  ['atEnd', withClient({ framing: { ...frame.lines({ max: 9 }), atEnd: 'keep' } }), 'client.framing.atEnd: unknown value "keep"; there are: message, drop'],
  ['unknown part', withClient({ framing: { ...frame.fixed({ size: 1 }), max: 5 } }), 'client.framing.max: unknown property; there are: kind, size'],
  ['elements without a kind', withClient({ framing: frame.elements({ within: 9, max: 9 }) }), 'client.framing: names no first byte: give lines, bodies or groups'],
  ['elements twice', withClient({ framing: frame.elements({ lines: '+-', groups: { '-': 1 }, within: 9, max: 9 }) }), 'client.framing: 45 is named twice'],
  ['elements beyond max', withClient({ framing: frame.elements({ lines: '+', within: 10, max: 9 }) }), 'client.framing.within: expected a whole number from 1 to 9, got 10'],
  ['elements without max', withClient({ framing: frame.elements({ lines: '+', within: 10 } as never) }), 'client.framing.max: missing'],
  ['elements of no times', withClient({ framing: frame.elements({ groups: { '*': 0 }, within: 9, max: 9 }) }), 'client.framing.groups[0].times: expected a whole number from 1 to 255, got 0'],
  ['elements of no byte', withClient({ framing: frame.elements({ lines: '\u0141', within: 9, max: 9 }) }), 'client.framing.lines[0]: expected a whole number from 0 to 255, got 321'],
  ['elements of no list', withClient({ framing: { ...frame.elements({ lines: '+', within: 9, max: 9 }), bodies: 5 } as never }), 'client.framing.bodies: expected a list of at most 256, got 5'],
  ['no cases', withClient({ framing: frame.byFirstByte([], frame.lines({ max: 9 })) }), 'client.framing.cases: expected a list of 1 to 256 cases, got []'],
  ['case range', withClient({ framing: frame.byFirstByte([{ from: 9, to: 300, use: frame.lines({ max: 9 }) }], frame.lines({ max: 9 })) }),
    'client.framing.cases[0].to: expected a whole number from 0 to 255, got 300'],
  ['case order', withClient({ framing: frame.byFirstByte([{ from: 9, to: 8, use: frame.lines({ max: 9 }) }], frame.lines({ max: 9 })) }),
    'client.framing.cases[0]: from 9 is greater than to 8'],
  ['case overlap', withClient({ framing: frame.byFirstByte([
    { from: 1, to: 5, use: frame.lines({ max: 9 }) }, { from: 5, to: 6, use: frame.lines({ max: 9 }) }], frame.lines({ max: 9 })) }),
  'client.framing.cases[1]: 5 to 6 overlaps cases[0]'],
  ['nested', withClient({ framing: frame.byFirstByte([{ from: 1, to: 2, use: frame.byFirstByte([], frame.lines({ max: 9 })) }], frame.lines({ max: 9 })) }),
    'client.framing.cases[0].use: byFirstByte cannot hold another byFirstByte'],
  ['otherwise', withClient({ framing: frame.byFirstByte([{ from: 1, to: 2, use: frame.lines({ max: 9 }) }], { kind: 'x' } as never) }),
    'client.framing.otherwise.kind: unknown framing "x"'],
  ['only', withClient({ only: { at: 16, mask: 255, in: [1] }, peek: 16 }), 'client.only.at: 16 is not within the first 16 bytes (peek)'],
  ['only beyond every frame', withClient({ framing: frame.lines({ max: 16 }), only: { at: 16, mask: 255, in: [1] } }), 'client.only.at: 16 is not within the largest frame, of 16 bytes (framing)'],
  ['only beyond frames that are all alike', withClient({ framing: frame.fixed({ size: 4 }), only: { at: 4, mask: 255, in: [1] }, peek: 8 }), 'client.only.at: 4 is not within the largest frame, of 4 bytes (framing)'],
  ['only beyond every case', withClient({ framing: frame.byFirstByte([{ from: 1, to: 5, use: frame.fixed({ size: 9 }) }], frame.lines({ max: 7 })), only: { at: 9, mask: 255, in: [1] } }), 'client.only.at: 9 is not within the largest frame, of 9 bytes (framing)'],
  ['mask', withClient({ only: { at: 0, mask: 256, in: [1] } }), 'client.only.mask: expected a whole number from 0 to 255, got 256'],
  ['in', withClient({ only: { at: 0, mask: 255, in: [] } }), 'client.only.in: expected a list of 1 to 256 bytes, got []'],
  ['never matches', withClient({ only: { at: 0, mask: 0xf0, in: [0x11] } }), 'client.only.in[0]: 17 never matches: it has bits outside mask 240'],
  ['peek', withClient({ peek: 0 }), `client.peek: expected a whole number from 1 to ${MAX_ENTRY}, got 0`],
  [
    'peek case',
    withClient({
      framing: frame.varint({ at: 1, max: 9 }),
      peek: { cases: [{ from: 1, to: 0, bytes: 0, field: 4 }], otherwise: 1 }
    }),
    'client.peek.cases[0].field: unknown value 4; there are: 1, 2'
  ],
  [
    'peek case range',
    withClient({ peek: { cases: [{ from: 1, to: 0, bytes: 1 }], otherwise: 1 } }),
    'client.peek.cases[0]: from 1 is greater than to 0'
  ],
  [
    'peek case overlap',
    withClient({ peek: { cases: [{ from: 1, to: 5, bytes: 1 }, { from: 5, to: 5, bytes: 2 }], otherwise: 1 } }),
    'client.peek.cases[1]: 5 to 5 overlaps cases[0]'
  ],
  [
    'less of a frame for rules than without',
    withClient({ peek: { cases: [{ from: 1, to: 5, bytes: 4, wide: 3 }], otherwise: 1 } }),
    'client.peek.cases[0].wide: expected a whole number from 4'
  ],
  [
    'more for what is no list',
    withClient({ peek: { cases: [{ from: 1, to: 5, bytes: 4 }], otherwise: 1, wideFor: 'a' } }),
    'client.peek.wideFor: expected a list of at most 256 names of declared fields, got "a"'
  ],
  [
    'more for no field',
    withClient({ peek: { cases: [{ from: 1, to: 5, bytes: 4 }], otherwise: 1, wideFor: ['demo.no'] } }),
    'client.peek.wideFor: "demo.no" is no declared field'
  ],
  [
    'peek without cases',
    withClient({ peek: { cases: [], otherwise: 1 } }),
    'client.peek.cases: expected a list of 1 to 256 cases, got []'
  ],
  [
    'peek otherwise',
    withClient({ peek: { cases: [{ from: 1, to: 5, bytes: 1 }], otherwise: 0 } }),
    'client.peek.otherwise: expected a whole number from 1'
  ],
  [
    'peek field without a header',
    withClient({ peek: { cases: [{ from: 1, to: 5, bytes: 1, field: 2 }], otherwise: 1 } }),
    'client.peek.cases[0].field: this framing has no header'
  ],
  [
    'peek too large with its field',
    withClient({
      framing: frame.varint({ at: 1, max: 99 }),
      peek: { cases: [{ from: 1, to: 5, bytes: MAX_ENTRY, field: 2 }], otherwise: 1 }
    }),
    'client.peek: up to 4325381 bytes of a frame would enter'
  ],
  [
    'only beyond a peek case',
    withClient({ only: { at: 3, mask: 255, in: [1] }, peek: { cases: [{ from: 1, to: 5, bytes: 3 }], otherwise: 16 } }),
    'client.only.at: 3 is not within the first 3 bytes (peek)'
  ],
  [
    'large frames',
    withClient({ framing: frame.lines({ max: MAX_ENTRY + 1 }) }),
    'client.peek: missing: frames of up to 4194305 bytes cannot enter the sandbox whole'
  ],
  ['params', { ...valid, params: [] }, 'params: expected an object, got []'],
  ['param name', { ...valid, params: { 'a-b': param.int({ default: 1 }) } }, 'params: invalid name "a-b"'],
  ['param', { ...valid, params: { a: 5 } }, 'params.a: expected a parameter, got 5; there are: param.int, param.string, param.boolean, param.list'],
  ['param type', { ...valid, params: { a: { type: 'float', default: 1 } } }, 'params.a.type: unknown type "float"; there are: int, string, boolean, list'],
  ['list in a list', { ...valid, params: { a: { type: 'list', max: 1, default: [], of: { b: param.list({}) } } } }, 'params.a.of.b.type: unknown type "list"; there are: int, string, boolean'],
  ['list of nothing', { ...valid, params: { a: { type: 'list', max: 1, default: [] } } }, 'params.a.of: expected an object, got nothing'],
  ['list without end', { ...valid, params: { a: param.list({}, { max: 1e6 }) } }, 'params.a.max: expected a whole number from 1 to 4096, got 1000000'],
  ['default entries', { ...valid, params: { a: { ...param.list({}), default: [{}] } } }, 'params.a.default: expected an empty list, got [{}]'],
  ['default within a list', { ...valid, params: { a: param.list({ b: param.int({ default: 10, max: 9 }) }) } }, 'params.a.of.b.default: expected a whole number'],
  ['default', { ...valid, params: { a: param.int({ default: 10, max: 9 }) } }, 'params.a.default: expected a whole number from -9007199254740991 to 9, got 10'],
  ['min and max', { ...valid, params: { a: param.int({ default: 5, min: 9, max: 1 }) } }, 'params.a: min 9 is greater than max 1'],
  ['choice', { ...valid, params: { a: { type: 'string', default: 'c', oneOf: ['a', 'b'] } } }, 'params.a.default: unknown value "c"; there are: a, b'],
  ['boolean', { ...valid, params: { a: { type: 'boolean', default: 1 } } }, 'params.a.default: expected true or false, got 1'],
  ['fields', { ...valid, fields: 5 }, 'fields: expected an object, got 5'],
  ['field name', { ...valid, fields: { 'a b': 'int' } }, 'fields: invalid name "a b"'],
  ['field type', { ...valid, fields: { a: 'number' } }, 'fields.a: unknown value "number"; there are: string, int, bool, secret, strings'],
  ['field of messages', { ...valid, messageFields: ['demo.no'] }, 'messageFields: "demo.no" is no declared field; there are: none'],
  ['fields of messages', { ...valid, messageFields: 5 }, 'messageFields: expected a list, got 5'],
  ['keys', keyed(5), 'client.keys: expected an object, got 5'],
  ['property of keys', keyed({ commands: row, tag: '{}' }), 'client.keys.tag: unknown property; there are: commands, hashTag, count'],
  ['keys without commands', keyed({}), 'client.keys.commands: expected a list of 1 to 64 entries { names, key }, got nothing'],
  ['keys of no command', keyed({ commands: [] }), 'client.keys.commands: expected a list of 1 to 64 entries { names, key }, got []'],
  ['commands without names', keyed({ commands: [{ names: 'GET', key: { element: 1 } }] }), 'client.keys.commands[0].names: expected a list of commands, got "GET"'],
  ['name of a command', keyed({ commands: [{ names: ['GET', 'G T'], key: { element: 1 } }] }), 'client.keys.commands[0].names[1]: expected a command of 1 to 32 printable ASCII characters, got "G T"'],
  ['a command twice', keyed({ commands: [...row, { names: ['get'], key: { element: 2 } }] }), 'client.keys.commands[1].names[0]: "get" is declared twice'],
  ['commands without a key', keyed({ commands: [{ names: ['GET'] }] }), 'client.keys.commands[0].key: expected an object, got nothing'],
  ['the command as its key', keyed({ commands: [{ names: ['GET'], key: { element: 0 } }] }), 'client.keys.commands[0].key.element: expected a whole number from 1 to 1023, got 0'],
  ['too few elements for the key', keyed({ commands: [{ names: ['GET'], key: { element: 2 }, elements: 2 }] }), 'client.keys.commands[0].elements: expected a whole number from 3 to 1024, got 2'],
  ['hash tag', keyed({ commands: row, hashTag: '{' }), 'client.keys.hashTag: expected two printable ASCII characters, as "{}", got "{"'],
  ['counter of keys', keyed({ commands: row, count: '' }), 'client.keys.count: expected the name of a counter, of 1 to 128 characters, got ""'],
  ['keys without a handler', { ...keyed({ commands: row }), client: { framing: frame.lines({ max: 9 }), keys: { commands: row } } }, 'client.keys: needs onMessage, which gets all other messages'],
  ['keys in a framing without elements', { ...keyed({}), client: { framing: frame.fixed({ size: 9 }), keys: { commands: row }, onMessage } }, 'client.keys: messages of this framing have no elements'],
  ['keys of a connection', { ...keyed({ commands: row }), balance: 'per-connection' }, "client.keys: needs balance: 'per-message'"],
  ['keys of a server', { ...keyed({ commands: row }), replies: 'in-order', server: { framing: frame.lines({ max: 9 }), keys: { commands: row }, onMessage } }, 'server.keys: only messages of the client choose a server; there is client.keys'],
  ['keys without names of replies', { ...keyed({ commands: row }), replies: 'matched', server: { framing: frame.lines({ max: 9 }), onMessage } }, "client.keys: with replies: 'matched' each message needs its name, forward({ match })"],
  ['keys of a stream', { ...valid, client: { onData: onMessage, keys: { commands: row } } }, 'client.keys: a side with onData is a stream']
])('refused: %s', (_what, exported, issue) => {
  const issues = issuesOf(exported)
  expect(issues.some(i => i.startsWith(issue)), issues.join('\n')).toBe(true)
})

test('only may look at the last byte of the largest frame', () => {
  expect(
    issuesOf(
      withClient({
        framing: frame.byFirstByte([{ from: 1, to: 5, use: frame.fixed({ size: 9 }) }], frame.lines({ max: 7 })),
        only: { at: 8, mask: 255, in: [1] }
      })
    )
  ).toEqual([])
})

test('keys', () => {
  const commands = [{ names: ['get', 'SET'], key: { element: 1 } }, { names: ['del'], key: { element: 2 }, elements: 3 }]
  const checked = checkDeclaration(describe(keyed({ commands, hashTag: '{}', count: 'all' })))
  expect(checked.ok && checked.declaration.client).toMatchObject({
    keys: {
      commands: [{ names: ['GET', 'SET'], key: { element: 1 } }, { names: ['DEL'], key: { element: 2 }, elements: 3 }],
      hashTag: '{}',
      count: 'all'
    }
  })
  const minimal = checkDeclaration(describe(keyed({ commands: row })))
  expect(minimal.ok && minimal.declaration.client).toMatchObject({ keys: { commands: row } })
})

test('stream sides', () => {
  const checked = checkDeclaration(describe({ ...valid, client: { onData: onMessage }, server: { onData: onMessage } }))
  expect(checked).toMatchObject({ ok: true, declaration: { client: { kind: 'stream' }, server: { kind: 'stream' } } })
})

test('large frames without a handler need no peek', () => {
  expect(issuesOf({ ...valid, server: { framing: frame.lines({ max: MAX_ENTRY + 1 }) } })).toEqual([])
})

test('every issue is reported, and not without end', () => {
  expect(issuesOf({ ...valid, name: 1, balance: 2, client: 3 }).length).toBeGreaterThanOrEqual(3)
  const cases = Array.from({ length: 256 }, () => ({ from: -1, to: -1, use: 5 }))
  expect(issuesOf(withClient({ framing: { kind: 'byFirstByte', cases, otherwise: 5 } }))).toHaveLength(50)
})

test('a guest cannot reach past the check with JSON of its own', () => {
  const json = JSON.stringify({ ...JSON.parse(describe(valid)) as object, params: 0 }).replace('"params":0', '"params":{"__proto__":{"type":"int","default":1}}')
  expect(checkDeclaration(json)).toMatchObject({ ok: false })
  expect(checkDeclaration(JSON.stringify({ ...JSON.parse(describe(valid)) as object, fields: [{ name: 'a', type: 'int' }, { name: 'a', type: 'int' }] })))
    .toMatchObject({ ok: false, issues: [{ path: 'fields.a', message: 'declared twice' }] })
})

test('replies without a framing have a code of their own', () => {
  const perMessage = { ...valid, balance: 'per-message' }
  expect(checkDeclaration(describe({ ...perMessage, replies: 'as-they-come' }))).toMatchObject({ ok: false, code: 'extension-replies' })
  expect(checkDeclaration(describe({ ...perMessage, replies: 'as-they-come', name: '' }))).toMatchObject({ ok: false, code: 'extension-invalid' })
  expect(checkDeclaration(describe(perMessage))).toMatchObject({ ok: true, declaration: { balance: 'per-message', replies: 'none' } })
})
