import { afterAll, describe, expect, test } from 'vitest'
import { createRuntime } from '@weirlb/sandbox'
import { bundle } from '@weirlb/sandbox/bundle'
import type { LoadOptions } from '@weirlb/sdk/abi'
import { Batch, runBatch, TIME_SCALE, until } from '@weirlb/testing'
import type { Order, Outcome } from './hostile-child.ts'
import { HostileProcess, MAX_STALL_MS } from './hostile-process.ts'
import { atLoad, cutInLoop, cutInThread, harmless } from './hostile.ts'

const report: string[] = []
const child = new HostileProcess()
afterAll(() => {
  child.end()
  if (process.env['WEIR_REPORT'] !== undefined) console.log(report.join('\n'))
})

const attempt = async (name: string, order: Order, ends: readonly string[]): Promise<Outcome> => {
  const outcome = await child.try(name, order, ends)
  report.push(`${order.mode}, ${name}: ${outcome.end} after ${outcome.elapsedMs.toFixed()} ms, worst stall ${outcome.stallMs.toFixed()} ms, ` +
    `lost ${outcome.lostThreads}, fresh load ${outcome.freshMs.toFixed()} ms`)
  return outcome
}

const expectContained = (outcome: Outcome): void => {
  expect(outcome.stallMs).toBeLessThan(MAX_STALL_MS.thread)
  expect(outcome).toMatchObject({ fresh: 'forward' })
  expect(outcome.freshMs).toBeLessThan(1000 * TIME_SCALE)
}

describe('thread mode', () => {
  test.each(cutInThread)('$name', async ({ name, source, ends }) => {
    const outcome = await attempt(name, { source, mode: 'thread' }, ends)
    expect(ends).toContain(outcome.end)
    expectContained(outcome)
  })

  test.each(atLoad)('at load: $name', async ({ name, source }) => {
    const outcome = await attempt(`at load: ${name}`, { source, mode: 'thread' }, [])
    expect(outcome.end).toMatch(/^extension-/)
    expectContained(outcome)
  })
})

describe('loop mode', () => {
  test.each(cutInLoop)('$name', async ({ name, source, ends }) => {
    const outcome = await attempt(name, { source, mode: 'loop' }, ends)
    expect(ends).toContain(outcome.end)
    expect(outcome).toMatchObject({ fresh: 'forward', lostThreads: 0 })
    // Here the event loop does wait until the cut, which also shows that the measurement would see it in thread mode.
    if (outcome.end === 'timeout') expect(outcome.stallMs).toBeGreaterThan(200)
    expect(outcome.stallMs).toBeLessThan(MAX_STALL_MS.loop)
  })
})

const options: LoadOptions = { mode: 'thread', heapMb: 16, batchTimeoutMs: 250, originatedBytes: 4096 }

test('extensions that loop do not disturb a guest that works', async () => {
  const runtime = createRuntime()
  const good = await runtime.load(await bundle(harmless, { name: 'harmless' }), options)
  await runBatch(good, new Batch(good.memory).vserver(0, 'v').open(1))
  const loops = cutInThread.find(h => h.name === 'loops')!
  const bad = await Promise.all(
    [1, 2].map(async () => runtime.load(await bundle(loops.source, { name: 'loops' }), options))
  )
  const state = { running: true }
  const all = Promise.all(
    bad.map(guest => runBatch(guest, new Batch(guest.memory).vserver(0, 'v').open(1).message(1, 'x')))
  )
    .finally(() => {
      state.running = false
    })
  const batch = new Batch(good.memory).message(1, 'x')
  let answered = 0
  while (state.running) {
    expect(await runBatch(good, batch)).toEqual({ processed: 1 })
    answered++
  }
  expect((await all).map(e => e.failure?.kind)).toEqual(['timeout', 'timeout'])
  expect(answered).toBeGreaterThan(10)
  good.dispose()
})

test('dispose ends a run in flight at once', async () => {
  const runtime = createRuntime()
  const guest = await runtime.load(
    await bundle(cutInThread.find(h => h.name === 'loops')!.source, { name: 'loops' }),
    options
  )
  const ended = runBatch(guest, new Batch(guest.memory).vserver(0, 'v').open(1).message(1, 'x'))
  guest.dispose()
  expect(await ended).toMatchObject({ failure: { kind: 'crash', message: 'the guest has been disposed' } })
  await until(() => runtime.lostThreads === 0, 'the thread to come back')
})

test('a context kept past its handler cannot write', async () => {
  const source = `import { defineProtocol, forward, frame } from '@weirlb/sdk'
    let failure = 'none'
    export default defineProtocol({ name: 'late', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 99 }), onMessage (_, ctx) {
      const before = failure
      void Promise.resolve().then(() => { try { ctx.reply(Uint8Array.of(1)) } catch (error) { failure = String(error) } })
      return forward({ token: before })
    } } })`
  const guest = await createRuntime().load(await bundle(source, { name: 'late' }), options)
  await runBatch(guest, new Batch(guest.memory).vserver(0, 'v').open(1).message(1, 'x'))
  const batch = new Batch(guest.memory).message(1, 'x')
  await until(async () => {
    await runBatch(guest, batch)
    return batch.answer(0).token?.toString() === 'Error: the context was used after its handler had returned'
  }, 'the late call to be refused')
  expect(batch.answer(0).effects).toEqual([])
  guest.dispose()
})

// With so little more in each call the collector runs between two of them, and of the next call isolated-vm says only
// that the isolate is disposed.
test.each(['thread', 'loop'] as const)(
  'a heap that grows a little with each call is exceeded as any other, in mode %s',
  async mode => {
    const source = `import { defineProtocol, drop, frame } from '@weirlb/sdk'
    const kept: unknown[] = []
    export default defineProtocol({ name: 'keeps', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 99 }), onMessage () {
      kept.push(Array.from({ length: 3000 }, (_, i) => ({ i })))
      return drop()
    } } })`
    const guest = await createRuntime().load(await bundle(source, { name: 'keeps' }), { ...options, mode })
    await runBatch(guest, new Batch(guest.memory).vserver(0, 'v').open(1))
    const batch = new Batch(guest.memory).message(1, 'x')
    expect(await until(async () => (await runBatch(guest, batch)).failure, 'the guest to be cut')).toEqual({
      kind: 'memory',
      message: 'the extension exceeded its heap (heapMb)'
    })
  }
)

// On the isolate's own thread there is no time-out between two calls, nor while somebody looks at its heap.
test.each([
  ['FinalizationRegistry', 'for (let i = 0; i < 3000; i++) { registry?.register({ i }, i); new Array(1000).fill(i) }'],
  ['Atomics.waitAsync', 'Atomics.waitAsync?.(words, 0, 0).value.then(forEver); Atomics.notify(words, 0)']
])('nothing runs between two calls: %s', async (_, body) => {
  const source = `import { defineProtocol, drop, frame } from '@weirlb/sdk'
    const forEver = () => { for (;;); }
    const registry = globalThis.FinalizationRegistry && new FinalizationRegistry(forEver)
    const words = new Int32Array(new SharedArrayBuffer(8))
    export default defineProtocol({ name: 'late', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 99 }), onMessage () { ${body}; return drop() } } })`
  const guest = await createRuntime().load(await bundle(source, { name: 'late' }), options)
  await runBatch(guest, new Batch(guest.memory).vserver(0, 'v').open(1))
  const batch = new Batch(guest.memory).message(1, 'x')
  for (let n = 0; n < 50; n++) {
    expect(await runBatch(guest, batch)).toEqual({ processed: 1 })
    expect(batch.answer(0).op).toBe('drop')
    guest.usage()
  }
  guest.dispose()
})
