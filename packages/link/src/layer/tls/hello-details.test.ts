import fc from 'fast-check'
import { expect, test } from 'vitest'
import { helloDetails } from './hello-details.ts'

const word = (value: number): number[] => [value >> 8, value & 255]
const list = (values: readonly number[], lengthBytes: 1 | 2): number[] => {
  const bytes = values.flatMap(word)
  return [...lengthBytes === 2 ? word(bytes.length) : [bytes.length], ...bytes]
}
const extension = (
  type: number,
  body: readonly number[] = []
): number[] => [...word(type), ...word(body.length), ...body]
const protocols = (names: readonly string[]): number[] => {
  const bytes = names.flatMap(name => [name.length, ...Buffer.from(name, 'latin1')])
  return [...word(bytes.length), ...bytes]
}
const name = (text: string): number[] => [...word(text.length + 3), 0, ...word(text.length), ...Buffer.from(text)]

/** A hello in one record. */
const helloWith = (
  { version = 0x0303, ciphers = [0x1301], extensions = [] }: {
    version?: number
    ciphers?: readonly number[]
    extensions?: readonly number[][] | undefined
  }
): Buffer => {
  const all = extensions.flat()
  const body = [
    ...word(version),
    ...Array<number>(32).fill(7),
    0,
    ...list(ciphers, 2),
    1,
    0,
    ...word(all.length),
    ...all
  ]
  return Buffer.of(22, 3, 1, ...word(body.length + 4), 1, 0, ...word(body.length), ...body)
}

const GREASE = 0x3a3a

/** The hello of Chrome in FoxIO's description of JA4 (technical_details/JA4.md). */
const chrome = helloWith({
  ciphers: [
    GREASE,
    0x1301,
    0x1302,
    0x1303,
    0xc02b,
    0xc02f,
    0xc02c,
    0xc030,
    0xcca9,
    0xcca8,
    0xc013,
    0xc014,
    0x009c,
    0x009d,
    0x002f,
    0x0035
  ],
  extensions: [
    extension(GREASE),
    extension(0x001b, [2, 0, 2]),
    extension(0x0000, name('a.example')),
    extension(0x0033, [0, 0]),
    extension(0x0010, protocols(['h2', 'http/1.1'])),
    extension(0x4469, [0, 0]),
    extension(0x0017),
    extension(0x002d, [1, 1]),
    extension(0x000d, list([0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601], 2)),
    extension(0x0005, [1, 0, 0, 0, 0]),
    extension(0x0023),
    extension(0x0012),
    extension(0x002b, list([GREASE, 0x0304, 0x0303], 1)),
    extension(0xff01, [0]),
    extension(0x000b, [1, 0]),
    extension(0x000a, list([GREASE, 0x001d, 0x0017, 0x0018], 2)),
    extension(0x0015, [0, 0, 0])
  ]
})

test('a hello is read in its parts, and has the JA4 of its description', () => {
  const hello = helloDetails(chrome)!
  expect(hello.ja4).toBe('t13d1516h2_8daaf6152771_e5627efa2ab1')
  expect(hello.serverName).toBe('a.example')
  expect(hello.alpn).toEqual(['h2', 'http/1.1'])
  expect(hello.versions).toEqual(['TLSv1.3', 'TLSv1.2'])
  expect(hello.ciphers.slice(0, 3)).toEqual(['1301', '1302', '1303'])
  expect(hello.ja3).toMatch(/^[0-9a-f]{32}$/)
})

test.for(
  [
    ['nothing but a cipher', helloWith({}), 't12i010000_0f2cb44170f4_000000000000'],
    ['no ciphers', helloWith({ version: 0x0301, ciphers: [] }), 't10i000000_000000000000_000000000000'],
    [
      'a protocol that is not written in letters',
      helloWith({ extensions: [extension(0x0010, protocols(['\u00ab\u00cd']))] }),
      't12i0101ad_0f2cb44170f4_000000000000'
    ],
    [
      'a protocol of one letter',
      helloWith({ extensions: [extension(0x0010, protocols(['x']))] }),
      't12i0101xx_0f2cb44170f4_000000000000'
    ],
    [
      'a protocol with signs at its ends',
      helloWith({ extensions: [extension(0x0010, protocols(['0\u00ab']))] }),
      't12i01013b_0f2cb44170f4_000000000000'
    ],
    [
      'a protocol with signs inside',
      helloWith({ extensions: [extension(0x0010, protocols(['0\u00ab\u00cd1']))] }),
      't12i010101_0f2cb44170f4_000000000000'
    ],
    [
      'GREASE as a protocol',
      helloWith({ extensions: [extension(0x0010, protocols(['\n\n', 'h2']))] }),
      't12i0101h2_0f2cb44170f4_000000000000'
    ],
    ['an unknown version', helloWith({ version: 0x7f1c }), 't00i010000_0f2cb44170f4_000000000000']
  ] as const
)('the JA4 of a hello with %s', ([, bytes, wanted]) => {
  expect(helloDetails(bytes)!.ja4).toBe(wanted)
})

// The examples of JA3's description (salesforce/ja3, README).
test.for(
  [
    [{
      ciphers: [47, 53, 5, 10, 49_161, 49_162, 49_171, 49_172, 50, 56, 19, 4],
      extensions: [extension(0, name('a.example')), extension(10, list([23, 24, 25], 2)), extension(11, [1, 0])]
    }, 'ada70206e40642a3e4461f35503241d5'],
    [{ ciphers: [4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99] }, 'de350869b8c85de67a350c8d186f11e6']
  ] as const
)('a hello has the JA3 of its description', ([parts, wanted]) => {
  expect(
    helloDetails(
      helloWith({
        version: 0x0301,
        ...parts,
        extensions: 'extensions' in parts ? parts.extensions.map(each => [...each]) : []
      })
    )!.ja3
  ).toBe(wanted)
})

test.for([
  ['an empty protocol', extension(0x0010, protocols(['h2', '']))],
  ['a protocol that leads beyond its list', extension(0x0010, [0, 3, 5, 104, 50])],
  ['more protocols than any client has', extension(0x0010, protocols(Array<string>(257).fill('h2')))],
  ['an extension that leads beyond the hello', [0, 23, 0, 9, 1]]
] as const)('%s makes a hello that is left to OpenSSL', ([, bytes]) => {
  expect(helloDetails(helloWith({ extensions: [[...bytes]] }))).toBeUndefined()
})

test('the order of ciphers and extensions does not matter to JA4, and that of JA3 does', () => {
  const ciphers = [0x1301, 0xc02b, 0x009c]
  const extensions = [extension(0x0017), extension(0xff01, [0]), extension(0x0023)]
  const one = helloDetails(helloWith({ ciphers, extensions }))!
  const other = helloDetails(helloWith({ ciphers: ciphers.toReversed(), extensions: extensions.toReversed() }))!
  expect(other.ja4).toBe(one.ja4)
  expect(other.ja3).not.toBe(one.ja3)
})

test('changed bytes are read, or are no hello', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(chrome.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), changes => {
      const changed = Buffer.from(chrome)
      for (const [at, byte] of changes) changed[at] = byte
      const hello = helloDetails(changed)
      if (hello !== undefined)
        expect(hello.ja4).toMatch(/^t(?:1[0-3]|s[23]|00)[di]\d{4}.{2}_[0-9a-f]{12}_[0-9a-f]{12}$/s)
    })
  )
})
