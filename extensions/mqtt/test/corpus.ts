// Packets by construction: every type of a client with every flag, every shorter body, every property, every reason
// code, and strings that are none.
// Most are wrong. What is wrong with them is for a server to say: a corpus has no expectations, it is sent to a
// broker directly and through Weir.

export type Level = 3 | 4 | 5

/** What one client sends. */
export interface Sequence {
  readonly name: string
  readonly level: Level
  /** The packets follow a CONNECT that is accepted; otherwise the first of them is what the client says first. */
  readonly connected: boolean
  readonly packets: readonly Uint8Array[]
}

type Part = number | string | readonly Part[] | Uint8Array

/** Bytes of numbers (one byte each), strings (UTF-8, without a length) and other parts. */
export const bytes = (...parts: readonly Part[]): Uint8Array =>
  Uint8Array.from(
    Buffer.concat(parts.map(part =>
      typeof part === 'number'
        ? Buffer.of(part)
        : typeof part === 'string'
        ? Buffer.from(part)
        : part instanceof Uint8Array
        ? part
        : bytes(...part)
    ))
  )
/** Two bytes. */
export const u16 = (value: number): Part => [value >> 8, value & 0xff]
/** A variable byte integer. */
export const varint = (value: number): Part => value < 128 ? [value] : [value & 127 | 128, varint(value >> 7)]
/** A string, or bytes in its place, with its length. */
export const text = (value: string | Uint8Array): Part => [u16(typeof value === 'string' ? Buffer.byteLength(value) : value.length), value]
/** A packet with its length. */
export const packet = (first: number, ...body: readonly Part[]): Uint8Array => {
  const rest = bytes(...body)
  return bytes(first, varint(rest.length), rest)
}
/** Properties with their length; none where the level has none. */
export const properties = (level: Level, ...list: readonly Part[]): Part => {
  if (level < 5) return []
  const rest = bytes(...list)
  return [varint(rest.length), rest]
}

const names: Readonly<Record<Level, string>> = { 3: 'MQIsdp', 4: 'MQTT', 5: 'MQTT' }

export interface ConnectParts {
  readonly first?: number
  readonly name?: string | Uint8Array
  readonly said?: number
  readonly flags?: number
  readonly keepAlive?: number
  readonly properties?: readonly Part[]
  readonly id?: string | Uint8Array
  readonly payload?: readonly Part[]
}

let ids = 0
/** An ID that no other client of the corpus has. */
const nextId = (): string => `c${String(++ids).padStart(5, '0')}`

/** A CONNECT: clean, keep alive 10, and whatever is given. */
export const connect = (level: Level, o: ConnectParts = {}): Uint8Array =>
  packet(
    o.first ?? 0x10,
    text(o.name ?? names[level]),
    o.said ?? level,
    o.flags ?? 2,
    u16(o.keepAlive ?? 10),
    properties(level, ...o.properties ?? []),
    text(o.id ?? nextId()),
    ...o.payload ?? []
  )

/** Strings that are no MQTT strings, or are but just. */
const strings: Readonly<Record<string, Uint8Array>> = {
  'U+0000': bytes('to', 0, 'p'),
  'U+0001': bytes('to', 1, 'p'),
  'U+001F': bytes('to', 0x1f, 'p'),
  'U+007F': bytes('to', 0x7f, 'p'),
  'U+009F': bytes('to', 0xc2, 0x9f, 'p'),
  'U+D800': bytes('to', 0xed, 0xa0, 0x80),
  'U+DFFF': bytes('to', 0xed, 0xbf, 0xbf),
  'U+FFFF': bytes('to', 0xef, 0xbf, 0xbf),
  'U+FEFF': bytes(0xef, 0xbb, 0xbf, 'to'),
  'U+2A6D4': bytes('to', 0xf0, 0xaa, 0x9b, 0x94),
  'U+110000': bytes('A', 0xf4, 0x90, 0x80, 0x80),
  overlong: bytes('A', 0xc0, 0xaf),
  'a lone continuation': bytes('A', 0x80),
  'a cut character': bytes('A', 0xe2, 0x82),
  empty: bytes(),
  plus: bytes('+opic'),
  hash: bytes('#opic'),
  'plus inside': bytes('to/+/c'),
  'hash at the end': bytes('to/#'),
  'hash inside': bytes('to/#/c'),
  dollar: bytes('$test/to'),
  share: bytes('$share/g/to'),
  slash: bytes('/to')
}

type Size = 1 | 2 | 4 | 'varint' | 'string' | 'binary' | 'pair'
/** Every property there is (§2.2.2.2), and some that there are not. */
const sizes: Readonly<Record<number, Size>> = {
  0x01: 1, 0x02: 4, 0x03: 'string', 0x08: 'string', 0x09: 'binary', 0x0b: 'varint', 0x11: 4, 0x12: 'string', 0x13: 2, 0x15: 'string', 0x16: 'binary', 0x17: 1, 0x18: 4, 0x19: 1,
  0x1a: 'string', 0x1c: 'string', 0x1f: 'string', 0x21: 2, 0x22: 2, 0x23: 2, 0x24: 1, 0x25: 1, 0x26: 'pair', 0x27: 4, 0x28: 1, 0x29: 1, 0x2a: 1, 0x00: 1, 0x04: 1, 0x2b: 1, 0x7f: 1, 0xff: 1
}
const valueOf = (size: Size, value: number): Part => {
  switch (size) {
    case 1: return value
    case 2: return u16(value)
    case 4: return [0, 0, 0, value]
    case 'varint': return varint(value)
    case 'string':
    case 'binary': return text('p'.repeat(value))
    case 'pair': return [text('p'), text('q'.repeat(value))]
  }
}
/** Lists of properties with one of them, twice, without its value, and with other values. */
const propertyLists = (): { readonly what: string, readonly list: readonly Part[] }[] => Object.entries(sizes).flatMap(([key, size]) => {
  const id = Number(key)
  const hex = `0x${id.toString(16).padStart(2, '0')}`
  const one: Part = [id, valueOf(size, 1)]
  return [
    { what: hex, list: [one] }, { what: `${hex} twice`, list: [one, one] }, { what: `${hex} without its value`, list: [id] },
    { what: `${hex} of 0`, list: [id, valueOf(size, 0)] }, { what: `${hex} of 2`, list: [id, valueOf(size, 2)] },
    { what: `${hex} behind a user property`, list: [0x26, text('a'), text('b'), one] }
  ]
})

/** Where properties may stand: a packet that is sound but for them. */
const withProperties: Readonly<Record<string, (list: readonly Part[]) => { readonly connected: boolean, readonly packet: Uint8Array }>> = {
  CONNECT: list => ({ connected: false, packet: connect(5, { properties: list }) }),
  will: list => ({ connected: false, packet: connect(5, { flags: 6, payload: [properties(5, ...list), text('w'), text('gone')] }) }),
  PUBLISH: list => ({ connected: true, packet: packet(0x32, text('topic'), u16(1234), properties(5, ...list), 'payload') }),
  PUBACK: list => ({ connected: true, packet: packet(0x40, u16(1), 0, properties(5, ...list)) }),
  PUBREC: list => ({ connected: true, packet: packet(0x50, u16(1), 0, properties(5, ...list)) }),
  PUBREL: list => ({ connected: true, packet: packet(0x62, u16(1), 0, properties(5, ...list)) }),
  PUBCOMP: list => ({ connected: true, packet: packet(0x70, u16(1), 0, properties(5, ...list)) }),
  SUBSCRIBE: list => ({ connected: true, packet: packet(0x82, u16(1234), properties(5, ...list), text('topic'), 0) }),
  UNSUBSCRIBE: list => ({ connected: true, packet: packet(0xa2, u16(1234), properties(5, ...list), text('topic')) }),
  DISCONNECT: list => ({ connected: true, packet: packet(0xe0, 0, properties(5, ...list)) }),
  AUTH: list => ({ connected: true, packet: packet(0xf0, 0x18, properties(5, ...list)) })
}

/** The body of every type, as short as it may be; those that only servers send too. */
const bodies = (level: Level): Readonly<Record<string, { readonly first: number, readonly body: Uint8Array }>> => {
  const none = properties(level)
  return {
    reserved: { first: 0x00, body: bytes() },
    CONNECT: { first: 0x10, body: connect(level).subarray(2) },
    CONNACK: { first: 0x20, body: bytes(0, 0, none) },
    'PUBLISH of QoS 0': { first: 0x30, body: bytes(text('topic'), none, 'payload') },
    'PUBLISH of QoS 1': { first: 0x32, body: bytes(text('topic'), u16(1234), none, 'payload') },
    'PUBLISH of QoS 2': { first: 0x34, body: bytes(text('topic'), u16(1234), none, 'payload') },
    PUBACK: { first: 0x40, body: bytes(u16(1)) },
    PUBREC: { first: 0x50, body: bytes(u16(1)) },
    PUBREL: { first: 0x62, body: bytes(u16(1)) },
    PUBCOMP: { first: 0x70, body: bytes(u16(1)) },
    SUBSCRIBE: { first: 0x82, body: bytes(u16(1234), none, text('topic'), 0, text('other'), 1) },
    SUBACK: { first: 0x90, body: bytes(u16(1), none, 0) },
    UNSUBSCRIBE: { first: 0xa2, body: bytes(u16(1234), none, text('topic')) },
    UNSUBACK: { first: 0xb0, body: bytes(u16(1), none, level === 5 ? 0 : []) },
    PINGREQ: { first: 0xc0, body: bytes() },
    PINGRESP: { first: 0xd0, body: bytes() },
    DISCONNECT: { first: 0xe0, body: bytes() },
    AUTH: { first: 0xf0, body: bytes() }
  }
}

const levels: readonly Level[] = [3, 4, 5]

/**
 * Every type with every flag, with no packet identifier, and cut short at every byte of its body; with a byte too
 * many; with a length that is none.
 */
const shapes = function * (level: Level): Generator<Sequence> {
  for (const [type, { first, body }] of Object.entries(bodies(level))) {
    const connected = true
    const one = (what: string, ...packets: readonly Uint8Array[]): Sequence => ({ name: `${level} ${type}, ${what}`, level, connected, packets })
    yield one('sound', packet(first, body))
    yield one('twice', packet(first, body), packet(first, body))
    for (let flags = 0; flags < 16; flags++) if ((first & 15) !== flags) yield one(`flags ${flags}`, packet(first & 0xf0 | flags, body))
    for (let length = 0; length < body.length; length++) yield one(`${length} of ${body.length} bytes`, packet(first, body.subarray(0, length)))
    yield one('a byte 0 behind it', packet(first, body, 0))
    yield one('a byte 255 behind it', packet(first, body, 0xff))
    yield one('a length of five bytes', bytes(first, 0x80, 0x80, 0x80, 0x80, 0x01))
    if (body.length < 128) yield one('a length in two bytes', bytes(first, body.length | 0x80, 0, body))
    if (body.length > 3 && first !== 0x10 && first !== 0x20 && first >> 4 !== 3) yield one('packet identifier 0', packet(first, 0, 0, body.subarray(2)))
    if (first >> 4 === 3 && first !== 0x30) yield one('packet identifier 0', packet(first, text('topic'), u16(0), properties(level), 'payload'))
  }
}

/** Every reason code, of every packet that has one. */
const reasons = function * (): Generator<Sequence> {
  const level = 5
  for (const [type, first] of [['PUBACK', 0x40], ['PUBREC', 0x50], ['PUBREL', 0x62], ['PUBCOMP', 0x70]] as const) {
    for (const code of [...reasonCodes, 0x03, 0x7f, 0xff]) {
      yield { name: `5 ${type}, reason 0x${code.toString(16)}`, level, connected: true, packets: [packet(first, u16(1), code)] }
      yield { name: `5 ${type}, reason 0x${code.toString(16)} and properties`, level, connected: true, packets: [packet(first, u16(1), code, properties(5))] }
    }
  }
  for (const [type, first] of [['DISCONNECT', 0xe0], ['AUTH', 0xf0]] as const) {
    for (const code of [...reasonCodes, 0x03, 0x7f, 0xff]) {
      yield { name: `5 ${type}, reason 0x${code.toString(16)}`, level, connected: true, packets: [packet(first, code)] }
      yield { name: `5 ${type}, reason 0x${code.toString(16)} and properties`, level, connected: true, packets: [packet(first, code, properties(5))] }
    }
  }
}
/** All that MQTT 5 knows (§2.4). */
export const reasonCodes: readonly number[] = [
  0x00, 0x01, 0x02, 0x04, 0x10, 0x11, 0x18, 0x19, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95,
  0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2
]

const propertied = function * (): Generator<Sequence> {
  for (const [where, make] of Object.entries(withProperties)) {
    for (const { what, list } of propertyLists()) {
      const { connected, packet } = make(list)
      yield { name: `5 ${where}, property ${what}`, level: 5, connected, packets: [packet] }
    }
    for (const [what, list] of [['a length beyond the packet', undefined], ['a length of four bytes', []]] as const) {
      const { connected, packet: sound } = make([])
      yield { name: `5 ${where}, properties with ${what}`, level: 5, connected, packets: [withListLength(where, sound, what, list)] }
    }
  }
}

/** The packet with the length of its (empty) list of properties replaced. */
const withListLength = (where: string, sound: Uint8Array, _what: string, list: readonly Part[] | undefined): Uint8Array => {
  const at = { CONNECT: 12, will: 21, PUBLISH: 11, PUBACK: 5, PUBREC: 5, PUBREL: 5, PUBCOMP: 5, SUBSCRIBE: 4, UNSUBSCRIBE: 4, DISCONNECT: 3, AUTH: 3 }[where]!
  return packet(sound[0]!, sound.subarray(2, at), list === undefined ? 0x7f : [0x80, 0x80, 0x80, 0x00], sound.subarray(at + 1))
}

const stringed = function * (level: Level): Generator<Sequence> {
  const none = properties(level)
  for (const [what, value] of Object.entries(strings)) {
    const first = (field: string, packet: Uint8Array): Sequence => ({ name: `${level} CONNECT, ${field}: ${what}`, level, connected: false, packets: [packet] })
    const later = (field: string, packet: Uint8Array): Sequence => ({ name: `${level} ${field}: ${what}`, level, connected: true, packets: [packet] })
    yield first('client ID', connect(level, { id: value }))
    yield first('will topic', connect(level, { flags: 6, payload: [none, text(value), text('gone')] }))
    yield first('user name', connect(level, { flags: 0x82, payload: [text(value)] }))
    yield first('password', connect(level, { flags: 0xc2, payload: [text('user'), text(value)] }))
    yield later('PUBLISH, topic', packet(0x30, text(value), none, 'payload'))
    yield later('PUBLISH of QoS 1, topic', packet(0x32, text(value), u16(1234), none, 'payload'))
    yield later('SUBSCRIBE, filter', packet(0x82, u16(1234), none, text(value), 0))
    yield later('UNSUBSCRIBE, filter', packet(0xa2, u16(1234), none, text(value)))
    if (level < 5) continue
    yield later('PUBLISH, response topic', packet(0x30, text('topic'), properties(5, 0x08, text(value)), 'payload'))
    yield later('PUBLISH, content type', packet(0x30, text('topic'), properties(5, 0x03, text(value)), 'payload'))
    yield later('PUBLISH, user property', packet(0x30, text('topic'), properties(5, 0x26, text(value), text(value)), 'payload'))
    yield later('DISCONNECT, reason string', packet(0xe0, 0, properties(5, 0x1f, text(value))))
    yield first('response topic of the will', connect(level, { flags: 6, payload: [properties(5, 0x08, text(value)), text('w'), text('gone')] }))
  }
}

/** CONNECTs: names, levels, all flags with the fields that they announce, and each of them cut short at every byte. */
const connects = function* (level: Level): Generator<Sequence> {
  const one = (what: string, packet: Uint8Array, ...more: readonly Uint8Array[]): Sequence => ({
    name: `${level} CONNECT, ${what}`,
    level,
    connected: false,
    packets: [packet, ...more]
  })
  for (const name of ['', 'MQT', 'MQTT', 'MQTTT', 'MQTU', 'mqtt', 'MQIsdp', 'MQIsdq'])
    yield one(`name ${JSON.stringify(name)}`, connect(level, { name }))
  for (const said of [0, 1, 2, 3, 4, 5, 6, 7, 9, 127, 0x80 | level, 0x86, 255])
    yield one(`level ${said}`, connect(level, { said }))
  for (let first = 0x11; first < 0x20; first++)
    yield one(`flags ${first & 15} of the packet`, connect(level, { first }))
  const fields = (flags: number): readonly Part[] => [
    flags & 4 ? [properties(level), text('will/topic'), text('gone')] : [], flags & 0x80 ? text('user') : [], flags & 0x40 ? text('secret') : []
  ]
  for (let flags = level === 3 ? 192 : 0; flags < 256; flags++) yield one(`flags 0x${flags.toString(16)}`, connect(level, { flags, payload: fields(flags) }))
  for (const flags of [4, 6, 0x82, 0x42, 0xc2, 0xc6, 0xfe]) yield one(`flags 0x${flags.toString(16)} without their fields`, connect(level, { flags }))
  yield one('without a client ID', packet(0x10, text(names[level]), level, 2, u16(10), properties(level)))
  yield one('an empty client ID', connect(level, { id: '' }))
  yield one('an empty client ID and a session to keep', connect(level, { id: '', flags: 0 }))
  yield one('fields that no flag announces', connect(level, { payload: [text('a'), text('b')] }))
  yield one('keep alive 0', connect(level, { keepAlive: 0 }))
  yield one('keep alive 65535', connect(level, { keepAlive: 65535 }))
  const full = connect(level, { flags: 0xc6, payload: fields(0xc6) }).subarray(2)
  for (let length = 0; length < full.length; length++)
    yield one(`${length} of ${full.length} bytes`, packet(0x10, full.subarray(0, length)))
  yield one('everything, and a byte behind it', packet(0x10, full, 0))
  yield one('everything, with a length of five bytes', bytes(0x10, 0xff, 0xff, 0xff, 0xff, 0x7f, full))
  yield one('everything, with a length in two bytes', bytes(0x10, full.length | 0x80, 0, full))
  yield one('a second one', connect(level), connect(level))
  yield one('a client ID of 65,535 bytes', connect(level, { id: 'i'.repeat(65_535) }))
  yield one(
    'a will topic of 65,535 bytes',
    connect(level, { flags: 6, payload: [properties(level), text('t'.repeat(65_535)), text('gone')] })
  )
  yield one(
    'everything as long as it may be',
    connect(level, {
      id: 'j'.repeat(65_535),
      flags: 0xc6,
      payload: [
        properties(level),
        text('t'.repeat(65_535)),
        text('g'.repeat(65_535)),
        text('u'.repeat(65_535)),
        text('p'.repeat(65_535))
      ]
    })
  )
  yield one('a client ID of 60,000 bytes 0xFF', connect(level, { id: new Uint8Array(60_000).fill(0xff) }))
}

/** First packets that are none. */
const firsts = function * (level: Level): Generator<Sequence> {
  for (const [type, { first, body }] of Object.entries(bodies(level))) {
    if (type !== 'CONNECT') yield { name: `${level} ${type} in place of CONNECT`, level, connected: false, packets: [packet(first, body)] }
  }
}

/** Subscriptions: all options, many filters. */
const subscriptions = function * (level: Level): Generator<Sequence> {
  const none = properties(level)
  const one = (what: string, ...packets: readonly Uint8Array[]): Sequence => ({
    name: `${level} SUBSCRIBE, ${what}`,
    level,
    connected: true,
    packets
  })
  for (const options of [...Array(64).keys(), 0x40, 0x80, 0xc0, 0xff])
    yield one(`options 0x${options.toString(16)}`, packet(0x82, u16(1234), none, text('topic'), options))
  yield one('no filter', packet(0x82, u16(1234), none))
  yield one('one hundred filters', packet(0x82, u16(1234), none, ...Array.from({ length: 100 }, (_, i): Part => [text(`topic/${i}`), i % 3])))
  yield one('a filter that is kept twice', packet(0x82, u16(1), none, text('a'), 0), packet(0x82, u16(2), none, text('a'), 1))
  yield one('unsubscribed again', packet(0x82, u16(1), none, text('a'), 0), packet(0xa2, u16(2), none, text('a')))
  yield one('published to', packet(0x82, u16(1), none, text('own/topic'), 2), packet(0x34, text('own/topic'), u16(2), none, 'hello'), packet(0x62, u16(2)))
}

/** Conversations. */
const flows = function * (level: Level): Generator<Sequence> {
  const none = properties(level)
  const publish = (first: number, id: number, payload = 'payload'): Uint8Array => packet(first, text('topic'), first & 6 ? u16(id) : [], none, payload)
  const one = (what: string, ...packets: readonly Uint8Array[]): Sequence => ({ name: `${level} ${what}`, level, connected: true, packets })
  yield one('QoS 2, released', publish(0x34, 7), packet(0x62, u16(7)))
  yield one('QoS 2, released with reason 0', publish(0x34, 7), packet(0x62, u16(7), level === 5 ? 0 : []))
  yield one('QoS 2, three times', publish(0x34, 7), publish(0x3c, 7), publish(0x3c, 7))
  yield one('QoS 2, released twice', publish(0x34, 7), packet(0x62, u16(7)), packet(0x62, u16(7)))
  yield one('QoS 1, three at once', bytes(...Array.from({ length: 3 }, (_, i) => publish(0x32, i + 1))))
  yield one('QoS 2, three at once', bytes(...Array.from({ length: 3 }, (_, i) => publish(0x34, i + 1))))
  yield one('retained and removed', publish(0x31, 0), packet(0x31, text('topic'), none))
  yield one('DISCONNECT and more behind it', packet(0xe0), publish(0x30, 0))
  yield one('DISCONNECT and a broken packet behind it', packet(0xe0), packet(0x36, text('topic'), none))
  yield one('PINGREQ twice', packet(0xc0), packet(0xc0))
  if (level < 5) return
  const aliased = (topic: string, alias: number): Uint8Array => packet(0x32, text(topic), u16(9), properties(5, 0x23, u16(alias)), 'payload')
  yield one('a topic alias, used', aliased('topic', 1), aliased('', 1))
  yield one('a topic alias that stands for nothing', aliased('', 1))
  yield one('a topic alias at the bound', aliased('topic', 10))
  yield one('a topic alias above the bound', aliased('topic', 11))
  yield one('topic alias 0', aliased('topic', 0))
  yield one('DISCONNECT with will', packet(0xe0, 4))
  yield one('DISCONNECT with another session expiry', packet(0xe0, 0, properties(5, 0x11, [0, 0, 0, 9])))
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrsuvwxyz0123456789'

/**
 * A sequence's topics, which all have `to` in them, become its own: others that are played at the same time hear
 * nothing of it.
 */
const own = (sequence: Sequence, index: number): Sequence => {
  const name = [DIGITS.charCodeAt(index % DIGITS.length), DIGITS.charCodeAt(Math.floor(index / DIGITS.length) % DIGITS.length)] as const
  const packets = sequence.packets.map(packet => {
    const renamed = Uint8Array.from(packet)
    for (let at = 0; at + 1 < renamed.length; at++) if (renamed[at] === 0x74 && renamed[at + 1] === 0x6f) renamed.set(name, at)
    return renamed
  })
  return { ...sequence, packets }
}

/** The whole corpus, the same at every call. */
export const corpus = (): Sequence[] => {
  ids = 0
  return [
    ...levels.flatMap(
      level => [
        ...shapes(level),
        ...stringed(level),
        ...connects(level),
        ...firsts(level),
        ...subscriptions(level),
        ...flows(level)
      ]
    ),
    ...reasons(),
    ...propertied()
  ].map(own)
}
