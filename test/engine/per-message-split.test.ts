// Messages for several servers: those of their keys, and all.
import type { PlaceLender } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine, type EngineBench, type TestClient, TestServer } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { linesOf, textOf } from '../support/per-message-servers.ts'

/** Lines of words, and replies of elements: what becomes of a line is the verdict of its first word. */
const protocol = (verdicts: string): string => `
import { decodeUtf8, defineProtocol, drop, encodeUtf8, forward, frame, split } from '@weirlb/sdk'
const said = ({ keys, service, bytes }) => (keys ?? service) + '=' + (bytes === undefined ? 'none' : decodeUtf8(bytes).trim())
const gather = (replies, services) => encodeUtf8('+' + (replies === undefined ? 'too much' : replies.map(said).join(' ')) + (services === undefined ? '' : ' of ' + services) + '\\r\\n')
const tooLarge = encodeUtf8('-too large\\r\\n')
/** Where the words behind the first are, and each with what stands before it. */
const wordsOf = text => {
  const tokens = [], items = []
  for (const word of text.matchAll(/ ([^ \\n]+)/g)) {
    items.push(word.index, word.index + word[0].length)
    tokens.push(word.index + 1, word.index + word[0].length)
  }
  return { tokens, items, keys: text.trim().split(' ').slice(1) }
}
const verdicts = { ${verdicts} }
export default defineProtocol({
  name: 'split', api: 1, balance: 'per-message', replies: 'in-order',
  client: { framing: frame.lines({ max: 100_000 }), peek: 1024, onMessage: message => {
    const text = message.text()
    return verdicts[text.trim().split(' ')[0]](text, wordsOf(text), message)
  } },
  server: { framing: frame.elements({ lines: '+-:', bodies: '$', groups: { '*': 1, '%': 2 }, within: 100_000, max: 1_000_000 }) },
  goodbye: reason => encodeUtf8('goodbye ' + reason + '\\r\\n')
})`

const verdicts = `
  pieces: (text, { tokens, items }) => split({ tokens, part: { head: encodeUtf8('get '), count: { at: 4, times: 2, plus: 1 }, items, tail: encodeUtf8('\\n') }, gather: { elements: 'in-order', tooLarge } }),
  plain: (text, { tokens, items }) => split({ tokens, part: { head: encodeUtf8('get'), items, tail: encodeUtf8('\\n') }, gather }),
  functions: (text, { keys }) => split({ tokens: keys, part: of => encodeUtf8('get ' + of.map(i => keys[i]) + '\\n'), gather }),
  one: (text, { keys: [token] }) => forward({ token }),
  all: () => split({ to: 'all', gather }),
  other: () => split({ to: 'all', bytes: encodeUtf8('something else\\n'), gather }),
  nth: (text, { keys: [n] }) => split({ to: Number(n), gather })
`

interface Farm { readonly bench: EngineBench, readonly client: TestClient, readonly servers: readonly TestServer[] }

/** Three servers that answer each line as `reply` says. */
const started = async (
  reply: (line: string, server: number) => string | undefined,
  config: object = {}
): Promise<Farm> => {
  const servers = await Promise.all(
    [0, 1, 2].map(async n =>
      await TestServer.listen(chunk =>
        chunk.toString().split('\n').filter(line => line !== '').map(line => reply(line, n) ?? '').join('')
      )
    )
  )
  const bench = await startEngine(
    around(protocol(verdicts), servers, {
      lbVservers: [{ name: 'lb', method: 'token', services: ['s3', 's1', 's2'].map(name => ({ name })) }],
      ...config
    })
  )
  return { bench, client: bench.connect(), servers }
}

const keys = Array.from({ length: 60 }, (_, i) => `k${i}`)
/** An element for each key: a string that may have the end of a line in it, a number, a list. */
const element = (key: string): string =>
  key.endsWith('1') ? ':1\r\n' : key.endsWith('2') ? `*2\r\n$1\r\n\n\r\n+${key}\r\n` : `$${key.length}\r\n${key}\r\n`
const elementsOf = (line: string): string => {
  const asked = line.split(' ').slice(2)
  return `*${asked.length}\r\n${asked.map(element).join('')}`
}

test('parts are pieces of the message, and the elements of the replies come in the order of the keys', async () => {
  const { client, servers } = await started(line => line.startsWith('one') ? '+one\r\n' : elementsOf(line))
  const asked = `one k0\npieces ${keys.join(' ')}\none k1\npieces k5\n`
  const reply = `+one\r\n*60\r\n${keys.map(element).join('')}+one\r\n*1\r\n${element('k5')}`
  client.socket.write(asked)
  await until(() => client.text.length >= reply.length, 'the replies')
  expect(client.text).toBe(reply)
  const parts = servers.map(server => linesOf(server).find(line => line.startsWith('get'))!)
  for (const part of parts) expect(part).toMatch(/^get \d+ k/)
  expect(parts.map(part => Number(part.split(' ')[1])), 'the number of each').toEqual(
    parts.map(part => 2 * (part.split(' ').length - 2) + 1)
  )
  expect(parts.flatMap(part => part.split(' ').slice(2)).sort()).toEqual([...keys].sort())
  await client.writeSplit(Buffer.from(asked), Array.from({ length: asked.length }, () => 7))
  await until(() => client.text.length >= 2 * reply.length, 'the replies to what came in pieces')
  expect(client.text).toBe(reply.repeat(2))
})

test.each(['pieces', 'functions'])('%s whose keys wait for places of services go out once they have them', async form => {
  const servers = await Promise.all([0, 1, 2].map(async () => await TestServer.listen(chunk => chunk.toString().split('\n').filter(line => line !== '').map(line => form === 'pieces' ? elementsOf(line) : `+${line}\r\n`).join(''))))
  const asked: string[] = []
  const places: PlaceLender = {
    ask: (service, count) => {
      asked.push(service)
      // The one that is asked first answers last.
      setTimeout(() => { bench.engine.tellPlaces(service, count) }, service === asked[0] ? 50 : 0)
    },
    giveBack: () => {}
  }
  const config = around(protocol(verdicts), servers, { lbVservers: [{ name: 'lb', method: 'token', services: ['s3', 's1', 's2'].map(name => ({ name })) }] })
  const bench: EngineBench = await startEngine({ ...config, services: config.services!.map(service => ({ ...service, maxClients: 9 })) }, { places })
  const client = bench.connect()
  const some = keys.slice(0, 20)
  client.socket.write(`${form} ${some.join(' ')}\n`.repeat(2))
  const reply = (): string => form === 'pieces' ? `*20\r\n${some.map(element).join('')}` : client.text.slice(0, client.text.indexOf('\r\n') + 2)
  await until(() => client.text.length > 0 && client.text.length >= 2 * reply().length, 'both replies')
  expect(client.text).toBe(reply().repeat(2))
  const parts = servers.flatMap(server => linesOf(server).slice(0, 1))
  expect(parts.flatMap(part => part.trim().split(/[ ,]/).slice(form === 'pieces' ? 2 : 1)).sort()).toEqual([...some].sort())
  expect(new Set(asked)).toEqual(new Set(['s1', 's2', 's3']))
  expect(['s1', 's2', 's3'].map(name => bench.engine.stats().services[name]!.connections)).toEqual([1, 1, 1])
})

test.each(['pieces', 'functions'])(
  '%s that wait for places are made of their message, whatever comes meanwhile',
  async form => {
    const servers = await Promise.all([0, 1, 2].map(async () =>
      await TestServer.listen(chunk =>
        chunk.toString().split('\n').filter(line => line !== '').map(line =>
          form === 'pieces' ? elementsOf(line) : `+${line}\r\n`
        ).join('')
      )
    ))
    const asked: [string, number][] = []
    const config = around(protocol(verdicts), servers, {
      lbVservers: [{ name: 'lb', method: 'token', services: ['s3', 's1', 's2'].map(name => ({ name })) }]
    })
    const places: PlaceLender = {
      ask: (service, count) => {
        asked.push([service, count])
      },
      giveBack: () => {}
    }
    const bench: EngineBench = await startEngine({
      ...config,
      services: config.services!.map(service => ({ ...service, maxClients: 9 }))
    }, { places })
    const [client, other] = [bench.connect(), bench.connect()]
    const some = keys.slice(0, 20)
    // So long that its memory is used again.
    const first = `${form} ${some.join(' ')}\n${`one ${'x'.repeat(900)}\n`.repeat(8)}`
    const second = `one ${'y'.repeat(900)}\n`.repeat(9)
    client.socket.write(first)
    await until(() =>
      new Set(asked.map(([service]) => service)).size === 3, 'places to be asked for')
    other.socket.write(second)
    await until(
      () => bench.engine.stats().userVservers['v']!.bytesIn === first.length + second.length,
      'the other client to be read'
    )
    for (const [service, count] of asked) bench.engine.tellPlaces(service, count)
    const reply = form === 'pieces' ? `*20\r\n${some.map(element).join('')}` : ''
    await until(() => client.text.length > reply.length && client.text.includes('\r\n'), 'the reply')
    expect(client.text.startsWith(reply)).toBe(true)
    const parts = servers.flatMap(linesOf).filter(line => line.startsWith('get'))
    expect(parts.flatMap(part => part.trim().split(/[ ,]/).slice(form === 'pieces' ? 2 : 1)).sort()).toEqual(
      [...some].sort()
    )
  }
)

test('a server whose replies wait for those of another is not read without bound', async () => {
  const count = 50
  const large = `$400000\r\n${'x'.repeat(400_000)}\r\n`
  const { client, servers } = await started((_, n) => [large, '+small\r\n', undefined][n])
  const got: Buffer[] = []
  client.socket.removeAllListeners('data').on('data', (bytes: Buffer) => { got.push(bytes) })
  client.socket.write('all\n'.repeat(count))
  await until(
    () => linesOf(servers[2]!).length === count && linesOf(servers[0]!).length === count,
    'the servers to have all messages'
  )
  const [socket] = servers[0]!.sockets
  let before = Infinity
  let since = performance.now()
  await until(() => {
    const waits = socket!.writableLength
    if (waits < before) since = performance.now()
    before = waits
    return waits === 0 || performance.now() - since > 500
  }, 'the server to be read no more')
  expect(socket!.writableLength, 'bytes that the server still has').toBeGreaterThan(count * 400_000 / 4)
  servers[2]!.sockets[0]!.write('+late\r\n'.repeat(count))
  const reply = `+s1=${large.trim()} s2=+small s3=+late of s1,s2,s3\r\n`
  await until(() => got.reduce((sum, { length }) => sum + length, 0) >= count * reply.length, 'all replies')
  expect(Buffer.concat(got).equals(Buffer.from(reply.repeat(count)))).toBe(true)
})

test.each([1, 4, 1024])(
  'pipelines of split messages are answered in order, %i of which may be outstanding, to a client that reads slowly',
  async outstandingReplies => {
    const { client } = await started((line, n) => line.startsWith('get') ? elementsOf(line) : `+${line} of ${n}\r\n`, {
      userVservers: [{
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        limits: { outstandingReplies, bufferedBytes: 4096 }
      }]
    })
    client.socket.on('data', () => {
      client.socket.pause()
      setImmediate(() => client.socket.resume())
    })
    const count = 400
    const some = (i: number): string[] => keys.slice(i % 50, i % 50 + 1 + i % 7)
    client.socket.write(
      Array.from({ length: count }, (_, i) => i % 4 === 3 ? `all ${i}\n` : `pieces ${some(i).join(' ')}\n`).join('')
    )
    const reply = (i: number): string =>
      i % 4 === 3
        ? `+s1=+all ${i} of 0 s2=+all ${i} of 1 s3=+all ${i} of 2 of s1,s2,s3\r\n`
        : `*${some(i).length}\r\n${some(i).map(element).join('')}`
    const replies = Array.from({ length: count }, (_, i) => reply(i)).join('')
    await until(() => client.text.length >= replies.length, 'all replies')
    expect(client.text).toBe(replies)
  }
)

test.each([
  ['an error', '-ERR wait\r\n'],
  ['a line', '+OK\r\n'],
  ['a null', '*-1\r\n'],
  ['too many elements', '*5\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n'],
  ['none', '*0\r\n'],
  ['a map', '%1\r\n:1\r\n:1\r\n']
])('where a server replies %s in place of the elements, that is the reply', async (_, wrong) => {
  const { client, servers } = await started(line => line.includes('k7') ? wrong : elementsOf(line))
  client.socket.write('pieces k7 k8 k9 k10\none k7\n')
  await until(() => client.text.length >= 2 * wrong.length, 'the replies')
  expect(client.text).toBe(wrong.repeat(2))
  expect(servers.map(linesOf).flat().length).toBeGreaterThan(1)
})

test('where the replies have too many bytes, the extension has the reply, whoever gathers them', async () => {
  const { client } = await started(line =>
    line.startsWith('one') ? '+one\r\n' : `*1\r\n$900000\r\n${'x'.repeat(900_000)}\r\n`
  )
  client.socket.write('pieces k7 k8 k9 k10\nplain k7 k8 k9 k10\none k7\n')
  await client.gets('+one')
  expect(client.text).toBe('-too large\r\n+too much\r\n+one\r\n')
})

test.each(['plain', 'functions'])('an extension makes the reply, and knows the keys of each (%s)', async word => {
  const { client } = await started(line => `+${line.slice(3)}\r\n`)
  client.socket.write(`${word} ${keys.join(' ')}\n`)
  await until(() => client.text.endsWith('\r\n'), 'the reply')
  const parts = [...client.text.matchAll(/([\d,]+)=\+ ([k\d, ]+?)(?= \d|\r)/g)]
  expect(parts).toHaveLength(3)
  for (const [, places, named] of parts)
    expect(named!.split(/[ ,]/)).toEqual(places!.split(',').map(place => `k${place}`))
})

test('a message for all goes to every service that is enabled, by name, and a number means one of them', async () => {
  const { client, bench, servers } = await started((line, n) => `+${line} of ${n}\r\n`)
  client.socket.write('one k0\nall 1\nother\nnth 0\nnth 2\nnth 3\n')
  await client.gets('nth 2 of 2')
  await until(() => client.text.split('\r\n').length === 7, 'the last reply')
  expect(client.text.split('\r\n').slice(1, -1)).toEqual([
    '+s1=+all 1 of 0 s2=+all 1 of 1 s3=+all 1 of 2 of s1,s2,s3',
    '+s1=+something else of 0 s2=+something else of 1 s3=+something else of 2 of s1,s2,s3',
    '+s1=+nth 0 of 0 of s1,s2,s3', '+s3=+nth 2 of 2 of s1,s2,s3', '+ of s1,s2,s3'
  ])
  const service = (n: number, more: object = {}): object => ({
    name: `s${n + 1}`,
    address: '127.0.0.1',
    port: servers[n]!.port,
    ...more
  })
  await bench.apply({ services: [service(0), service(1, { state: 'draining' }), service(2)] } as never)
  client.received = Buffer.alloc(0)
  client.socket.write('all 2\nnth 1\n')
  await client.gets('nth 1 of 2')
  await until(() => client.text.split('\r\n').length === 3, 'both replies')
  expect(client.text).toBe('+s1=+all 2 of 0 s3=+all 2 of 2 of s1,s3\r\n+s3=+nth 1 of 2 of s1,s3\r\n')
  await bench.apply({ services: [0, 1, 2].map(n => service(n, { state: 'disabled' })) } as never)
  client.socket.write('all 3\n')
  await client.closes()
  expect(client.text).toContain('goodbye no-service')
})

test('a service that is down refuses for all before any has got the message', async () => {
  const { client, bench, servers } = await started((line, n) => `+${line} of ${n}\r\n`)
  bench.engine.setServiceHealth('s2', 'down')
  client.socket.write('one k0\nall\nnth 1\nnth 2\none k0\n')
  await client.gets('s3=+nth 2')
  await until(() => client.text.split('\r\n').length === 6, 'the last reply')
  expect(client.text.split('\r\n').slice(1, 4)).toEqual([
    '+s2=none of s1,s2,s3',
    '+s2=none of s1,s2,s3',
    '+s3=+nth 2 of 2 of s1,s2,s3'
  ])
  expect(servers.map(linesOf).flat().filter(line => line === 'all')).toEqual([])
})

test('a service that cannot be dialled has no reply, the others have theirs, and the client goes on', async () => {
  const dead = await freePort()
  const { client, bench, servers } = await started((line, n) => `+${line} of ${n}\r\n`)
  await bench.apply({ services: [{ name: 's1', address: '127.0.0.1', port: servers[0]!.port }, { name: 's2', address: '127.0.0.1', port: dead }, { name: 's3', address: '127.0.0.1', port: servers[2]!.port }] })
  for (let n = 0; n < 3; n++) client.socket.write('nth 0\nall\nnth 1\nnth 2\n')
  await until(() => client.text.split('\r\n').length === 13, 'all replies')
  expect(client.text).toBe('+s1=+nth 0 of 0 of s1,s2,s3\r\n+s1=+all of 0 s2=none s3=+all of 2 of s1,s2,s3\r\n+s2=none of s1,s2,s3\r\n+s3=+nth 2 of 2 of s1,s2,s3\r\n'.repeat(3))
  // What was given up counts no more: `outstandingReplies` is not reached.
  expect(bench.dialFailures.filter(name => name === 's2').length).toBeGreaterThan(0)
  client.socket.write('one k1\n'.repeat(50))
  await until(() => client.text.split('one k1').length === 51, 'later replies')
})

test('a server that goes with a part that it owes ends the client', async () => {
  const { client, servers } = await started((line, n) => n === 1 && line === 'all' ? undefined : '+reply\r\n')
  client.socket.write('all\n')
  await until(() => servers.every(server => textOf(server).includes('all')), 'all to be asked')
  servers[1]!.sockets[0]!.destroy()
  await client.closes()
  expect(client.text).toBe('goodbye service-down\r\n')
})

test.each(['keep', 'close'] as const)(
  'a service that goes down when parts of messages have been there is as any other (%s)',
  async onDown => {
    const { client, bench, servers } = await started(line => line.startsWith('one') ? '+one\r\n' : elementsOf(line), {
      lbVservers: [{ name: 'lb', method: 'token', onDown, services: ['s1', 's2', 's3'].map(name => ({ name })) }]
    })
    client.socket.write(`pieces ${keys.join(' ')}\n`)
    await client.gets('k59')
    bench.engine.setServiceHealth('s2', 'down')
    if (onDown === 'close') await until(() => servers[1]!.ended[0] === true, 'its link to be closed')
    client.received = Buffer.alloc(0)
    client.socket.write(`pieces ${keys.join(' ')}\none k0\n`)
    await client.gets('+one')
    expect(client.text).toBe(`*60\r\n${keys.map(element).join('')}+one\r\n`)
  }
)

test.each([
  ["split({ tokens: [], part: () => text, gather })", 'split({ tokens }): expected 1 to 65535 keys, or two numbers for each'],
  ["split({ tokens: [0, 1, 2], part: () => text, gather })", 'split({ tokens }): expected 1 to 65535 keys, or two numbers for each'],
  ["split({ tokens: [0, 9], part: () => text, gather })", 'split({ tokens }): 0 to 9; the message has bytes 0 to 4'],
  ["split({ tokens: [0, NaN], part: () => text, gather })", 'split({ tokens }): 0 to NaN; the message has bytes 0 to 4'],
  ["split({ tokens: ['a'], part: 'x', gather })", 'split({ part }): expected a function, or { head, items }'],
  ["split({ tokens: ['a'], part: { head: 'x', items: [0, 1] }, gather })", "split({ part: { head } }): x; expected bytes (a Uint8Array)"],
  ["split({ tokens: ['a'], part: { head: tooLarge, items: [0, 1, 2, 3] }, gather })", 'split({ part: { items } }): expected 1 ranges, one for each token'],
  ["split({ tokens: ['a'], part: { head: tooLarge, items: [2, 1] }, gather })", 'split({ part: { items } }): 2 to 1; the message has bytes 0 to 4'],
  ["split({ tokens: ['a'], part: { head: tooLarge, items: [0, 1], count: { at: 99, times: 1, plus: 0 } }, gather })", 'split({ part: { count } }): {"at":99,"times":1,"plus":0}; expected a place in the head'],
  ["split({ tokens: ['a'], part: () => tooLarge, gather: 5 })", "split({ gather }): expected a function, or { elements: 'in-order', tooLarge }"],
  ["split({ tokens: ['a'], part: () => tooLarge, gather: { elements: 'in-order' } })", 'split({ gather: { tooLarge } }): undefined; expected bytes (a Uint8Array)'],
  ["split({ tokens: ['a'], part: () => 'x', gather })", "part: x; expected bytes (a Uint8Array)"],
  ["split({ to: 'some', gather })", "split({ to }): some; expected 'all', or the number of a service"],
  ['split({ to: -1, gather })', "split({ to }): -1; expected 'all', or the number of a service"],
  ["split({ to: 'all', bytes: 'x', gather })", "split({ bytes }): x; expected bytes (a Uint8Array)"],
  ["split({ to: 'all' })", 'split({ gather }): expected a function'],
  ["split({ to: 'all', gather: () => 'x' })", "gather: x; expected bytes (a Uint8Array)"]
])('%s is an error of the extension that names what is wrong', async (verdict, why) => {
  const server = await TestServer.listen(() => '+OK\r\n')
  const bench = await startEngine(around(protocol(`bad: text => ${verdict}`), [server]))
  const client = bench.connect()
  client.socket.write('bad\n')
  await client.closes()
  expect((await bench.log.ends())[0]).toMatchObject({ reason: 'extension-error' })
  expect(String((await bench.log.ends())[0]!['detail'])).toContain(why)
})

test('a message for all that is not here whole needs bytes in its place', async () => {
  const { client, bench } = await started(() => '+OK\r\n')
  client.socket.write(`other ${'x'.repeat(2000)}\nall ${'x'.repeat(2000)}\n`)
  await client.closes()
  expect(String((await bench.log.ends())[0]!['detail'])).toContain(
    'split({ to }): 1024 of 2005 bytes of the message are here; it needs bytes, or a larger peek'
  )
})

test('a split message that a rule blocks ends the connection: the numbers of later splits would be others', async () => {
  const source = protocol(verdicts)
    .replace("name: 'split',", "name: 'split', fields: { word: 'string' }, messageFields: ['word'],")
    .replace('onMessage: message => {', "onMessage: (message, ctx) => { if (message.text().includes('bad')) { ctx.set('word', 'bad'); ctx.refusal(encodeUtf8('-refused\\r\\n')) }")
  const servers = await Promise.all([0, 1].map(async () => await TestServer.listen(chunk => chunk.toString().split('\n').filter(line => line !== '').map(() => '+ok\r\n').join(''))))
  const bench = await startEngine(around(source, servers, { lbVservers: [{ name: 'lb', method: 'token', services: [{ name: 's1' }, { name: 's2' }] }], rules: [{ name: 'no-bad', expression: 'word eq "bad"', action: 'block' }] }))
  const one = bench.connect()
  one.socket.write('one bad\nall\n')
  await one.gets(' of s1,s2\r\n')
  expect(one.text.startsWith('-refused\r\n+s')).toBe(true)
  const client = bench.connect()
  client.socket.write('all\nall bad\nall\n')
  await client.closes()
  expect(client.text).toMatch(/^\+s.* of s1,s2\r\ngoodbye rule\r\n$/)
})
