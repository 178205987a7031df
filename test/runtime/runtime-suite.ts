import { afterEach, describe, expect, test } from 'vitest'
import { bundle } from '@weirlb/sandbox/bundle'
import { COUNT_UNIT, type Guest, type LoadOptions, type Runtime } from '@weirlb/sdk/abi'
import { Batch, runBatch, until, type AnswerRecord } from '@weirlb/testing'
import { commands } from './protocol.ts'

const text = (bytes: Buffer | undefined): string | undefined => bytes?.toString()

/** What every runtime must do. Each implementation calls this with its own way to make one. */
export const runtimeSuite = (name: string, create: () => Runtime, mode: LoadOptions['mode']): void => {
  describe(name, () => {
    const options: LoadOptions = { mode, heapMb: 32, batchTimeoutMs: 1000, originatedBytes: 4096 }
    const guests: Guest[] = []
    afterEach(() => { for (const guest of guests.splice(0)) guest.dispose() })

    const load = async (source = commands, o: Partial<LoadOptions> = {}): Promise<Guest> => {
      const guest = await create().load(await bundle(source, { name: 'commands' }), { ...options, ...o })
      guests.push(guest)
      return guest
    }
    /** A guest with vserver 0 and connection 1 open. */
    const opened = async (): Promise<Guest> => {
      const guest = await load()
      await runBatch(guest, new Batch(guest.memory).vserver(0, 'front', { greeting: 'hi', limit: 7 }).open(1))
      return guest
    }
    const ask = async (guest: Guest, batch: Batch): Promise<AnswerRecord[]> => {
      const end = await runBatch(guest, batch)
      expect(end).toEqual({ processed: batch.count })
      return Array.from({ length: batch.count }, (_, i) => batch.answer(i))
    }
    const say = async (guest: Guest, line: string): Promise<AnswerRecord> =>
      (await ask(guest, new Batch(guest.memory).message(1, line)))[0]!

    test('load answers the declaration and memory of its size', async () => {
      const guest = await load()
      expect(guest.declaration).toMatchObject({
        name: 'commands',
        params: { greeting: { type: 'string', default: 'hello' }, limit: { type: 'int', default: 3, min: 1 } },
        fields: [{ name: 'commands.id', type: 'string' }, { name: 'commands.n', type: 'int' }, { name: 'commands.ok', type: 'bool' }],
        client: { handler: true, peek: 4096, framing: { kind: 'delimiter', bytes: [10], max: 65536 } },
        server: { handler: true, peek: undefined },
        hooks: { connect: true, goodbye: true, close: true, params: false }
      })
      expect(guest.memory.arena.length).toBe(2 * (guest.memory.layout.inBytes + guest.memory.layout.outBytes))
    })

    test.each([
      ['export const a = 1', 'extension-no-default'],
      ['module.exports = 5', 'extension-no-default'],
      ['export default { api: 2 }', 'extension-api'],
      ['export default { api: 1, name: "x" }', 'extension-invalid'],
      ['export default 1; throw new Error("no")', 'extension-load'],
      ['export default TextDecoder', 'extension-load'],
      ['export default Buffer', 'extension-load']
    ])('load refuses %s', async (source, code) => {
      await expect(load(source)).rejects.toMatchObject({ code })
    })

    test('an error while the module is evaluated has the author\'s line and column', async () => {
      const error: unknown = await load('const a: number = 1\n\n  ;(a as any).b.c()\nexport default a').catch((e: unknown) => e)
      expect(error).toMatchObject({ code: 'extension-load', line: 3, column: 17 })
      expect((error as Error).message).toContain('commands.ts:3:17')
      expect((error as Error).message).not.toMatch(/node_modules|file:/)
    })

    test('open runs onConnect', async () => {
      const guest = await load()
      const batch = new Batch(guest.memory).vserver(0, 'front').open(1, 0, '::1', 65535).open(2, 0, '127.0.0.9').open(3, 0, '127.0.0.8')
        .message(2, 'forward').message(3, 'forward').message(1, 'forward')
      const [vserver, open, refused, threw, ...after] = await ask(guest, batch)
      expect(vserver).toMatchObject({ op: 'none' })
      expect(open).toMatchObject({ op: 'forward', effects: [{ kind: 'log', a: 0, bytes: Buffer.from('front ::1 65535') }] })
      expect(refused).toMatchObject({ op: 'reject', text: 'not from there', bytes: Buffer.of(9) })
      expect(threw).toMatchObject({ op: 'threw', effects: [] })
      // A connection that is over sees nothing more.
      expect(after.map(a => a.op)).toEqual(['skipped', 'skipped', 'forward'])
    })

    test('a message for a connection that is not open is skipped', async () => {
      const guest = await opened()
      expect(await ask(guest, new Batch(guest.memory).message(5, 'forward').goodbye(5, 'idle').close(5, 'idle')))
        .toMatchObject([{ op: 'skipped' }, { op: 'skipped' }, { op: 'skipped' }])
    })

    test('verdicts', async () => {
      const guest = await opened()
      expect(await say(guest, 'forward')).toMatchObject({
        op: 'forward',
        then: 'continue',
        token: undefined,
        session: undefined,
        via: undefined,
        bytes: undefined,
        text: undefined
      })
      expect(await say(guest, 'keys é🙂')).toMatchObject({
        op: 'forward',
        token: Buffer.from('té🙂'),
        session: Buffer.of(0, 255),
        via: 'other'
      })
      expect(await say(guest, 'empty')).toMatchObject({
        op: 'forward',
        token: Buffer.alloc(0),
        session: Buffer.alloc(0)
      })
      expect(await say(guest, 'replace')).toMatchObject({ op: 'forward', bytes: Buffer.of(1, 2, 3) })
      expect(await say(guest, 'drop')).toMatchObject({ op: 'drop' })
      expect(await say(guest, 'reject of that')).toMatchObject({ op: 'reject', text: 'because of', bytes: Buffer.of(7) })
      // Of another connection: a verdict that ends one is its last.
      const part = new Batch(guest.memory).open(2).message(2, 'drop-part')
      expect((await ask(guest, part))[1]).toMatchObject({
        op: 'threw',
        text: expect.stringContaining('drop(5): a message is dropped whole') as string
      })
    })

    test('the handler knows its message, its connection and its vserver', async () => {
      const guest = await opened()
      const batch = new Batch(guest.memory).message(1, 'length', { frameLength: 5000 }).message(1, 'seen').message(
        1,
        'params'
      ).message(1, 'answered').message(1, 'answered', { answered: true })
        .message(1, 'x', { side: 'server' })
      expect((await ask(guest, batch)).map(a => text(a.token))).toEqual(['6 of 5000', '2', 'hi7', 'false', 'true', 'server x'])
    })

    test('pipe ends one direction, tunnel both', async () => {
      const guest = await opened()
      const piped = await ask(guest, new Batch(guest.memory).message(1, 'pipe').message(1, 'forward').message(1, 'x', { side: 'server' }))
      expect(piped.map(a => [a.op, a.then])).toEqual([['forward', 'pipe'], ['skipped', 'continue'], ['forward', 'continue']])
      const tunnelled = await ask(guest, new Batch(guest.memory).open(2).message(2, 'tunnel id').message(2, 'forward').message(2, 'x', { side: 'server' }).goodbye(2, 'draining', true))
      expect(tunnelled.slice(1).map(a => [a.op, a.then])).toEqual([['forward', 'tunnel'], ['skipped', 'continue'], ['skipped', 'continue'], ['forward', 'continue']])
      expect(text(tunnelled[4]!.bytes)).toBe('draining true 1')
    })

    test('effects come in call order', async () => {
      const guest = await opened()
      const { effects } = await say(guest, 'effects')
      expect(effects.map(e => [e.kind, e.a, e.bytes.toString('latin1')])).toEqual([
        ['reply', 0, '\x01\x02'], ['send', 0, '\x03'], ['pin', 0, 'key'], ['idleTimeout', 1500, ''],
        ['set', 0, Buffer.from('é').toString('latin1')], ['setNumber', 1, ''], ['setNumber', 2, ''], ['log', 1, 'text']
      ])
      // 5 and true, twice themselves: the last bit says that the value is not shown.
      expect(effects.filter(e => e.kind === 'setNumber').map(e => e.count - e.a * COUNT_UNIT)).toEqual([10, 2])
    })

    test('counts are added up over a batch, whoever counts; a message that throws has counted nothing', async () => {
      const guest = await opened()
      const batch = new Batch(guest.memory).message(1, 'effects').message(1, 'throw-counting').open(2).message(
        2,
        'effects'
      ).message(2, 'count 2147483647').message(2, 'count 2147483647').close(2, 'idle')
      expect((await ask(guest, batch)).map(a => a.op)).toEqual([
        'forward',
        'threw',
        'forward',
        'forward',
        'forward',
        'forward',
        'none'
      ])
      expect(batch.counts()).toEqual({ hits: 2, bytes: 20, much: 4294967294, closed: 3 })
      const next = new Batch(guest.memory).open(3)
      await ask(guest, next)
      expect(next.counts()).toEqual({})
    })

    test('a batch ends early when it has no room for the names of one message more', async () => {
      const guest = await opened()
      const batch = new Batch(guest.memory)
      for (let i = 0; i < 6; i++) batch.message(1, 'names 64')
      expect(await runBatch(guest, batch)).toEqual({ processed: 4 })
      expect(Object.keys(batch.counts())).toHaveLength(4 * 64)
      expect(await say(guest, 'names 65')).toMatchObject({
        op: 'threw',
        text: expect.stringContaining('more than 64 new names') as string
      })
    })

    test('a throw ends its connection only, takes its effects back and names the author\'s line', async () => {
      const guest = await opened()
      const answers = await ask(
        guest,
        new Batch(guest.memory).open(2).message(1, 'throw-late').message(1, 'forward').message(2, 'throw').message(
          2,
          'forward'
        ).open(3).message(3, 'short')
      )
      expect(answers.map(a => a.op)).toEqual([
        'forward',
        'threw',
        'skipped',
        'threw',
        'skipped',
        'forward',
        'malformed'
      ])
      expect(answers[1]!.effects).toEqual([])
      const line = commands.split('\n').findIndex(l => l.includes("case 'throw':")) + 1
      expect(guest.mapStack(answers[3]!.text!)).toMatch(new RegExp(`^Error: asked for\n +at Object\\.onMessage \\(commands\\.ts:${line}:\\d+\\)$`))
      expect(answers[6]!.text).toMatch(/^Malformed: the frame ends 995 bytes before its field does/)
    })

    // Each is asynchronous for the first connection only. Nobody hears of what its promise is rejected with, and
    // nobody has to.
    const promising = (hooks: Readonly<Record<string, string>>, side = "onMessage: (_, ctx) => maybe('client.onMessage', ctx, forward())"): string => `
      import { defineProtocol, forward, frame, pass } from '@weirlb/sdk'
      const framing = frame.lines({ max: 99 })
      const late = async (): Promise<any> => { await null; throw new Error('late') }
      let states = 0
      const state = () => states++ === 0 ? late() : {}
      const maybe = (hook: string, ctx: any, answer: any): any => hook === '${Object.keys(
      hooks
    )[0]!}' && ctx.client.address === '127.0.0.9' ? late() : answer
      export default defineProtocol({ name: 'promising', api: 1, balance: 'per-connection', ${
      Object.values(hooks).join()
    }
        client: { ${side.includes('onData') ? '' : 'framing,'} ${side} },
        server: { framing, onMessage: (_, ctx) => maybe('server.onMessage', ctx, forward()) } } as any)`
    const talk = (guest: Guest): Batch => new Batch(guest.memory).vserver(0, 'front').open(1, 0, '127.0.0.9').open(2)
    const refused = (hook: string) => ({
      op: 'threw',
      effects: [],
      text: expect.stringMatching(
        new RegExp(`^TypeError: ${hook} must not be async: it returned a promise\n`)
      ) as string
    })

    test.each([
      ['state', 'state,', (b: Batch) => b, 1],
      ['onConnect', "onConnect: ctx => maybe('onConnect', ctx, undefined),", (b: Batch) => b, 1],
      ['client.onMessage', '', (b: Batch) => b.message(1, 'x'), 3],
      ['server.onMessage', '', (b: Batch) => b.message(1, 'x', { side: 'server' }), 3],
      ['goodbye', "goodbye: (_, ctx) => maybe('goodbye', ctx, undefined),", (b: Batch) => b.goodbye(1, 'idle'), 3],
      ['onClose', "onClose: (_, ctx) => maybe('onClose', ctx, undefined),", (b: Batch) => b.close(1, 'idle'), 3]
    ])('%s that answers a promise ends its connection alone, and the error names the place of the handler', async (hook, text, event, at) => {
      const source = promising({ [hook]: text })
      const guest = await load(source)
      const answers = await ask(guest, event(talk(guest)).message(2, 'x').message(2, 'x', { side: 'server' }))
      expect(answers[at]).toMatchObject(refused(hook))
      const line = source.split('\n').findIndex(l => l.includes(hook === 'state' ? 'const state' : `maybe('${hook}'`)) + 1
      expect(guest.mapStack(answers[at]!.text!).split('\n')[1]).toMatch(new RegExp(`^ +at .*commands\\.ts:${line}:\\d+\\)?$`))
      expect(answers.slice(-2).map(a => a.op)).toEqual(['forward', 'forward'])
      // What waited for the guest's next call has not ended it.
      expect((await ask(guest, new Batch(guest.memory).message(2, 'x')))[0]).toMatchObject({ op: 'forward' })
    })

    test('onData that answers a promise ends its connection alone', async () => {
      const guest = await load(promising({ 'client.onData': '' }, "onData: (chunk, _, ctx) => maybe('client.onData', ctx, pass(chunk.length))"))
      const answers = await ask(guest, talk(guest).data(1, 'x').data(2, 'x'))
      expect(answers[3]).toMatchObject(refused('client.onData'))
      expect(answers[4]).toMatchObject({ effects: [{ kind: 'pass', count: 1 }] })
      expect((await ask(guest, new Batch(guest.memory).data(2, 'x')))[0]).toMatchObject({ effects: [{ kind: 'pass', count: 1 }] })
    })

    test('what only looks like a promise is not touched', async () => {
      const guest = await load(promising({ 'client.onMessage': '' }).replaceAll('late()', "{ get then () { throw new Error('looked at') } }"))
      const answers = await ask(guest, talk(guest).message(1, 'x').message(2, 'x'))
      expect(answers[3]).toMatchObject({ op: 'threw' })
      expect(answers[4]).toMatchObject({ op: 'forward' })
    })

    test('Malformed thrown by the author', async () => {
      expect(await say(await opened(), 'malformed')).toMatchObject({
        op: 'malformed',
        text: expect.stringContaining('bad line') as string
      })
    })

    test('goodbye and close', async () => {
      const guest = await opened()
      const answers = await ask(
        guest,
        new Batch(guest.memory).open(2).goodbye(1, 'no-service').message(1, 'forward').goodbye(2, 'idle').close(
          1,
          'no-service'
        ).message(1, 'forward')
      )
      expect(answers.slice(1).map(a => a.op)).toEqual(['forward', 'skipped', 'forward', 'none', 'skipped'])
      expect(text(answers[1]!.bytes)).toBe('no-service false 0')
      expect(answers[3]!.bytes).toBeUndefined()
      expect(answers[4]!.effects.map(e => [e.kind, e.a, e.bytes.toString()])).toEqual([['log', 2, 'closed: no-service']])
    })

    test('both banks', async () => {
      const guest = await opened()
      const first = new Batch(guest.memory, 0).message(1, 'keys a')
      const second = new Batch(guest.memory, 1).message(1, 'keys b').message(1, 'effects')
      expect(text((await ask(guest, first))[0]!.token)).toBe('ta')
      const answers = await ask(guest, second)
      expect(text(answers[0]!.token)).toBe('tb')
      expect(answers[1]!.effects).toHaveLength(8)
      expect(text(first.answer(0).token)).toBe('ta')
    })

    test('a batch whose answers fill the out region is processed in part, and no handler sees a message twice', async () => {
      const guest = await opened()
      const each = 4096
      const batch = new Batch(guest.memory)
      const message = `big ${each}`
      for (let i = 0; i < 100; i++) batch.message(1, message)
      const end = await runBatch(guest, batch)
      // The last has room for a replacement of its own length, too.
      expect(end.processed).toBe(Math.floor((guest.memory.layout.outBytes - message.length) / each))
      expect(batch.answer(end.processed! - 1)).toMatchObject({ op: 'forward', effects: [{ bytes: Buffer.alloc(each) }] })
      expect(text((await say(guest, 'seen')).token)).toBe(String(end.processed! + 1))
      expect(await say(guest, `big ${each + 1}`)).toMatchObject({ op: 'threw', text: expect.stringContaining('originatedBytes') as string })
    })

    test('a message may be replaced by what is longer by all that it may originate, and no more', async () => {
      const guest = await opened()
      const long = (n: number): string => `longer ${n}`.padEnd(4000)
      expect((await say(guest, long(4096))).bytes).toHaveLength(4000 + 4096)
      expect(await say(guest, long(4097))).toMatchObject({ op: 'threw', text: expect.stringContaining('originatedBytes') as string })
    })

    test('a key that is token and session is originated once', async () => {
      const guest = await opened()
      const answer = await say(guest, 'one-key 4096')
      expect([answer.op, answer.token, answer.session]).toEqual(['forward', Buffer.alloc(4096), Buffer.alloc(4096)])
      expect(await say(guest, 'one-key 4097')).toMatchObject({ op: 'threw' })
    })

    test('one run at a time', async () => {
      const guest = await opened()
      let reentered: unknown
      await new Promise<void>(resolve => {
        const again = (): void => {
          try {
            guest.run(1, 1, { batchDone () {}, batchCut () {}, batchFailed () {} })
          } catch (error) {
            reentered = error
          }
        }
        guest.run(0, new Batch(guest.memory).message(1, 'forward').count, {
          batchDone: () => {
            resolve()
          },
          batchCut: () => {
            resolve()
          },
          batchFailed: () => {
            resolve()
          }
        })
        if (mode === 'thread') again()
        else reentered = 'a run ends before run() returns'
      })
      expect(String(reentered)).toMatch(/a run/)
      expect(await say(guest, 'forward')).toMatchObject({ op: 'forward' })
    })

    test('the next batch may start from within batchDone', async () => {
      const guest = await opened()
      const batch = new Batch(guest.memory).message(1, 'forward')
      let left = 50
      await new Promise<void>((resolve, reject) => {
        const sink = { batchDone: () => { if (--left === 0) resolve(); else guest.run(0, batch.count, sink) }, batchCut: () => { reject(new Error('cut')) }, batchFailed: () => { reject(new Error('failed')) } }
        guest.run(0, batch.count, sink)
      })
      expect(text((await say(guest, 'seen')).token)).toBe('51')
    })

    test('usage grows', async () => {
      const guest = await opened()
      const before = guest.usage().cpuMs
      const batch = new Batch(guest.memory)
      for (let i = 0; i < 60; i++) batch.message(1, 'effects')
      await until(async () => {
        await runBatch(guest, batch)
        const usage = guest.usage()
        return usage.heapBytes > 100_000 && usage.cpuMs > before
      }, 'heap and CPU figures')
    })

    test('dispose ends the guest; a later run fails at once', async () => {
      const guest = await opened()
      guest.dispose()
      guest.dispose()
      expect(await runBatch(guest, new Batch(guest.memory).message(1, 'forward'))).toMatchObject({
        failure: { kind: 'crash', message: 'the guest has been disposed' }
      })
      expect(guest.usage().cpuMs).toBeGreaterThanOrEqual(0)
    })

    test('guests do not share anything', async () => {
      const source = `import { defineProtocol, forward, frame } from '@weirlb/sdk'
        const counts = (globalThis as any).counts ??= { n: 0 }
        export default defineProtocol({ name: 'n', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 99 }), onMessage: () => forward({ token: String(++counts.n) }) } })`
      const one = await load(source)
      const other = await load(source)
      for (const guest of [one, other]) {
        const answers = await ask(guest, new Batch(guest.memory).vserver(0, 'v').open(1).message(1, 'x'))
        expect(text(answers[2]!.token)).toBe('1')
      }
    })
  })
}
