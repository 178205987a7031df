import { defineProtocol, drop, encodeUtf8, forward, frame, Malformed, param, reject } from '@weirlb/sdk'
import net from 'node:net'
import { describe, expect, test } from 'vitest'
import { bothRuntimes } from './both-runtimes.ts'
import { drive } from './drive.ts'
import { everySplit } from './every-split.ts'
import { FakeServer } from './fake-server.ts'
import { fromHex, hex } from './hex.ts'
import { load } from './subject.ts'
import { until } from './until.ts'

const text = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value))

/** Every line says what shall be answered to it. */
const words = defineProtocol({
  name: 'words', api: 1, balance: 'per-connection',
  params: { greeting: param.string({ default: 'hi' }), most: param.int({ default: 3, max: 9 }) },
  fields: { 'words.name': 'string', 'words.n': 'int', 'words.ok': 'bool' },
  state: () => ({ n: 0 }),
  onConnect: ctx => ctx.client.address === '127.0.0.9' ? reject('not from there', encodeUtf8('go')) : undefined,
  client: {
    framing: frame.lines({ max: 64 }),
    only: { at: 0, mask: 0xff, in: [...'abcdefghijklmnopqrstuvwxyz'].map(c => c.charCodeAt(0)) },
    peek: 32,
    onMessage (message, ctx) {
      ctx.state.n++
      const [word, rest = ''] = message.text().trimEnd().split(' ')
      switch (word) {
        case 'tunnel': return forward({ token: rest, session: rest, then: 'tunnel' })
        case 'pipe': return forward({ then: 'pipe' })
        case 'drop': return drop()
        case 'replace': return forward({ bytes: encodeUtf8('REPLACED\n') })
        case 'reject': return reject('asked for', encodeUtf8('no\n'))
        case 'malformed': throw new Malformed('asked for')
        case 'throw': throw new Error('asked for')
        case 'binary': return forward({ token: Uint8Array.of(0xff) })
        case 'greet':
          ctx.reply(
            encodeUtf8(
              `${ctx.params.greeting} ${ctx.params.most} ${ctx.client.address} ${ctx.vserver} ${ctx.answered}\n`
            )
          )
          ctx.send(encodeUtf8('SENT\n'))
          ctx.set('words.name', rest)
          ctx.set('words.n', ctx.state.n)
          ctx.set('words.ok', true)
          ctx.count('greetings', 2)
          ctx.log('info', 'greeted')
          ctx.pin('pinned')
          ctx.idleTimeout(2)
          return forward()
        default: return forward()
      }
    }
  },
  server: {
    framing: frame.lines({ max: 64 }),
    onMessage: message => message.text() === 'stop\n' ? forward({ then: 'tunnel' }) : forward()
  },
  goodbye: (reason, ctx) => reason === 'idle' ? undefined : encodeUtf8(`bye ${reason} ${ctx.state.n}\n`)
})

/** The same without onConnect, so that nothing is asked before the first message. */
const quiet = defineProtocol({
  name: 'quiet',
  api: 1,
  balance: 'per-connection',
  client: {
    framing: frame.lines({ max: 64 }),
    onMessage: message => forward({ token: message.text().trimEnd(), then: 'tunnel' })
  }
})

describe('hex', () => {
  test('takes white space, comments and bytes in between', () => {
    expect(hex`10 1
      2 # the length
      ${'ab'} ${Uint8Array.of(255)} 0004`).toEqual(Uint8Array.of(0x10, 0x12, 97, 98, 255, 0, 4))
    expect(hex`00`.constructor).toBe(Uint8Array)
  })
  test.each([['0', 'a byte has two digits, and there are 1'], ['0x10', "'x' is not a hexadecimal digit"]])('refuses %s', (digits, message) => {
    expect(() => fromHex(digits)).toThrow(message)
  })
})

describe('drive', () => {
  test('answers everything that is to be seen', () => {
    const t = drive(words, text('greet ann\n'), {
      params: { greeting: 'ho' },
      client: { address: '127.0.0.7' },
      vserver: 'v',
      goodbyes: ['draining', 'idle']
    })
    expect(t).toEqual({
      verdicts: [forward()],
      replies: [text('ho 3 127.0.0.7 v false\n')],
      sends: [text('SENT\n')],
      preludes: [],
      besides: [],
      refusals: [],
      fields: { 'words.name': 'ann', 'words.n': 1, 'words.ok': true },
      counters: { greetings: 2 },
      logs: [{ level: 'info', text: 'greeted' }],
      session: 'pinned',
      idleTimeoutMs: 2000,
      crossings: 2,
      forwarded: text('SENT\ngreet ann\n'),
      returned: text('ho 3 127.0.0.7 v false\n'),
      closed: undefined,
      detail: '',
      goodbyes: { draining: text('bye draining 1\n'), idle: undefined }
    })
  })

  test('messages of one chunk share a crossing; frames that nobody asked to see cost none', () => {
    expect(drive(words, text('a\nb\nc\n')).crossings).toBe(2)
    expect(drive(words, [text('a\n'), text('b\n')]).crossings).toBe(3)
    expect(drive(quiet, [text('a\n'), text('b\n'), text('c\n')])).toMatchObject({
      crossings: 1,
      verdicts: [forward({ token: 'a', then: 'tunnel' })],
      forwarded: text('a\nb\nc\n')
    })
    expect(drive(words, [text('A\n'), text('B\n')])).toMatchObject({
      crossings: 1,
      verdicts: [],
      forwarded: text('A\nB\n')
    })
  })

  test('more frames in a chunk than a batch holds are asked about in several', () => {
    const t = drive(words, text('a\n'.repeat(1200)))
    expect(t.verdicts.length).toBe(1200)
    expect(t.crossings).toBe(1 + 3)
  })

  test.each([
    ['reject', 'a\nreject\nb\n', 'rejected', 'a\n', 'no\n', { op: 'reject', why: 'asked for', reply: text('no\n') }],
    ['malformed', 'a\nmalformed\nb\n', 'protocol-error', 'a\n', 'bye protocol-error 2\n', {
      op: 'malformed',
      why: 'Malformed: asked for'
    }],
    ['throw', 'a\nthrow\nb\n', 'extension-error', 'a\n', 'bye extension-error 2\n', {
      op: 'threw',
      why: 'Error: asked for'
    }]
  ])('%s ends the connection', (_, stream, closed, forwarded, returned, verdict) => {
    const t = drive(words, text(stream))
    expect(t).toMatchObject({ closed, forwarded: text(forwarded), returned: text(returned) })
    expect(t.verdicts).toEqual([forward(), verdict])
  })

  test('a stream that leaves its framing ends it too, but not behind a tunnel', () => {
    expect(drive(words, text('x'.repeat(65)))).toMatchObject({
      closed: 'protocol-error',
      detail: 'a frame is larger than its maximum of 64 bytes',
      returned: text('bye protocol-error 0\n')
    })
    expect(drive(words, text(`tunnel a\n${'x'.repeat(65)}`))).toMatchObject({ closed: undefined })
  })

  test('a client whose first frame is refused gets the goodbye, though the guest was never told of it', () => {
    const polite = defineProtocol({ ...quiet, goodbye: encodeUtf8 })
    expect(drive(polite, text('x'.repeat(65)))).toMatchObject({
      closed: 'protocol-error',
      returned: text('protocol-error'),
      crossings: 1
    })
    // Here the client was told of when it connected.
    expect(drive(words, text('x'.repeat(65)))).toMatchObject({ closed: 'protocol-error', crossings: 2 })
  })

  test('onConnect may refuse', () => {
    expect(drive(words, text('a\n'), { client: { address: '127.0.0.9' } })).toMatchObject({
      closed: 'rejected',
      detail: 'not from there',
      returned: text('go'),
      forwarded: hex``,
      crossings: 1
    })
  })

  test('an unfinished line is a message when the client ends', () => {
    expect(drive(words, text('drop\nlast'), { end: true })).toMatchObject({
      verdicts: [drop(), forward()],
      forwarded: text('last'),
      closed: 'client-closed'
    })
  })

  test('server bytes come where they are put', () => {
    const t = drive(words, [text('a\n'), { server: text('one\n') }, text('greet x\n'), { server: text('stop\nrest') }, { client: text('unseen') }])
    expect(t.returned).toEqual(text('one\nhi 3 127.0.0.1 test true\nstop\nrest'))
    expect(t.verdicts).toEqual([forward(), forward(), forward(), forward({ then: 'tunnel' })])
    expect(() => drive(words, { server: text('x') })).toThrow('there is no server yet')
  })

  test('keys that are no text stay bytes', () => {
    expect(drive(words, text('binary\n')).verdicts).toEqual([forward({ token: hex`ff` })])
  })

  test('parameters are checked', () => {
    expect(() => drive(words, text('a\n'), { params: { most: 10 } })).toThrow(
      'params.most: expected a whole number of at most 9, got 10'
    )
    expect(() => drive(words, text('a\n'), { params: { least: 1 } })).toThrow(
      'params.least: unknown parameter; there are: greeting, most'
    )
  })

  test('parameters are shown to the extension, in neither crossing nor counter of the connection', () => {
    const judging = {
      ...words,
      checkParams: ({ greeting }: { readonly greeting: string }) => {
        if (greeting === 'throw') throw new Error('told to')
        return greeting === '' ? [{ path: 'greeting', message: 'expected a word, got ""' }] : []
      }
    }
    expect(drive(judging, text('greet ann\n'), { params: { greeting: 'ho' } }).crossings).toBe(
      drive(words, text('greet ann\n')).crossings
    )
    expect(() => drive(judging, text('a\n'), { params: { greeting: '' } })).toThrow(
      'params.greeting: expected a word, got ""'
    )
    expect(() => drive(judging, text('a\n'), { params: { greeting: 'throw' } })).toThrow(
      'checkParams failed: Error: told to'
    )
  })

  test('a declaration is checked', () => {
    expect(() => drive({ name: 'x', api: 1 }, text('a'))).toThrow(
      expect.objectContaining({ code: 'extension-invalid' })
    )
  })
})

describe('everySplit', () => {
  test('passes what does not depend on the cuts', () => {
    const t = everySplit(words, [text('greet ann\nUNSEEN\ndrop\nreplace\ntunnel z\n'), { server: text('one\ntwo\n') }, text('rest')])
    expect(t.closed).toBeUndefined()
    expect(t.forwarded).toEqual(text('SENT\ngreet ann\nUNSEEN\nREPLACED\ntunnel z\nrest'))
    // onConnect, then at most one for each of the four lines that are asked about.
    expect(t.crossings).toBe(5)
  })

  test('names the first cut that matters', () => {
    let calls = 0
    const moody = defineProtocol({
      name: 'moody', api: 1, balance: 'per-connection',
      client: { framing: frame.fixed({ size: 4 }), onMessage: message => { calls++; return forward({ token: calls > 3 ? 'other' : message.text() }) } }
    })
    expect(() => everySplit(moody, text('abcd'))).toThrow(
      /^cut at byte 3: verdicts are not what the whole stream gives\n {2}whole: .*abcd.*\n {2}cut: .*other/
    )
  })
})

describe('both runtimes', async () => {
  const source = `import { defineProtocol, forward, frame } from '@weirlb/sdk'
    export default defineProtocol({ name: 'lines', api: 1, balance: 'per-connection',
      client: { framing: frame.lines({ max: 64 }), onMessage: m => { if (m.text() === 'throw\\n') throw new Error('asked for'); return forward({ token: m.text().trimEnd() }) } } })`
  for (const { runtime, protocol } of await bothRuntimes({ source })) {
    test(`answer the same (${runtime})`, () => {
      expect(everySplit(protocol, text('a\nbc\n')).verdicts).toEqual([
        forward({ token: 'a' }),
        forward({ token: 'bc' })
      ])
      expect(drive(protocol, text('throw\n'))).toMatchObject({
        closed: 'extension-error',
        verdicts: [{ op: 'threw', why: 'Error: asked for' }]
      })
    })
  }
  test('a loop is cut in the sandbox', async () => {
    const loops = await load({ source: source.replace("throw new Error('asked for')", 'for (;;);') })
    expect(drive(loops, text('throw\n'))).toMatchObject({ closed: 'extension-error', detail: expect.stringMatching(/^(it ran longer than its limit \(batchTimeoutMs\)|the machine was too busy)/) as string })
  })
})

test('fake servers record and echo', async () => {
  const server = await FakeServer.echo()
  const socket = net.connect(server.port, '127.0.0.1')
  let back = ''
  socket.on('data', chunk => { back += String(chunk) })
  socket.end('hello')
  await until(() => back === 'hello' && server.ended[0], 'the echo')
  expect(server.text()).toBe('hello')
  await server.close()
})
