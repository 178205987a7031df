// A guest that writes into its answers about a stream what the guest loop never writes: its connection ends, and
// nothing else does.
import {
  Answer, ANSWERS_AT, ANSWER_WORDS, BANK_WORDS, Effect, EFFECT_WORDS, EFFECTS_AT, EffectKind, type Guest, Op,
  type Runtime
} from '@weirlb/sdk/abi'
import { createInProcessRuntime } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { unit, unitProtocol } from '../support/unit-protocol.ts'

/** Words of the last answer of a batch and of its first effect. */
interface Forged {
  readonly answer?: Partial<Record<keyof typeof Answer, number>>
  readonly effect?: Partial<Record<keyof typeof Effect, number>>
}

const forging = (forged: Forged): Runtime & { armed: boolean } => {
  const runtime = createInProcessRuntime()
  return {
    armed: false,
    async load (...args): Promise<Guest> {
      const guest = await runtime.load(...args)
      const run = guest.run.bind(guest)
      const { control } = guest.memory
      guest.run = (bank, count, sink) => {
        run(bank, count, {
          batchDone: (_, processed) => {
            const at = (bank & 1) * BANK_WORDS + ANSWERS_AT + (processed - 1) * ANSWER_WORDS
            const effect = (bank & 1) * BANK_WORDS + EFFECTS_AT + control[at + Answer.effectsFrom]! * EFFECT_WORDS
            if (this.armed) {
              for (const [word, value] of Object.entries(forged.effect ?? {}))
                control[effect + Effect[word as keyof typeof Effect]] = value
              for (const [word, value] of Object.entries(forged.answer ?? {}))
                control[at + Answer[word as keyof typeof Answer]] = value
            }
            sink.batchDone(bank, processed)
          },
          batchCut: (_, processed, cut) => { sink.batchCut(bank, processed, cut) },
          batchFailed: (_, failure, processed) => { sink.batchFailed(bank, failure, processed) }
        })
      }
      return guest
    }
  }
}

const forgeries: readonly (readonly [string, Forged])[] = [
  ['a negative count of what is needed', { answer: { count: -1 } }],
  ['nothing decided and nothing needed', { answer: { count: 0, effectsCount: 0 } }],
  ['a pass of nothing, and nothing needed', { answer: { count: 0 }, effect: { a: 0, b: 0 } }],
  ['a pass of fewer than none', { effect: { a: 0, b: -1 } }],
  ['a larger pass of fewer than none', { effect: { a: -1 } }],
  ['a pipe to nowhere', { answer: { op: Op.pipe, then: 3 } }],
  ['more effects than there is room for', { answer: { effectsCount: 1_000_000 } }],
  ['effects before the first', { answer: { effectsFrom: -1 } }],
  ['an effect of no kind', { effect: { kind: 99 } }],
  ['a reply from beyond the memory', { effect: { kind: EffectKind.reply, offset: 0x7fffffff, length: 10 } }],
  ['a greeting where no server can be greeted', { effect: { kind: EffectKind.prelude, offset: 0, length: 0 } }],
  ['an answer of no kind', { answer: { op: 99 } }]
]

test.each(forgeries)('%s', async (_what, forged) => {
  const server = await TestServer.listen(() => 'ok')
  const runtime = forging(forged)
  const { connect, log, engine } = await startEngine(around(unitProtocol(), [server]), { runtime })
  const client = connect()
  client.socket.write(unit('P', 3))
  await client.gets('ok')
  runtime.armed = true
  client.socket.write(unit('P', 2))
  expect((await log.ends())[0]).toMatchObject({ reason: 'extension-error' })
  runtime.armed = false
  // The next client finds an extension at work.
  const next = connect()
  next.socket.write(unit('P', 1))
  await next.gets('ok')
  expect(engine.connections({})).toHaveLength(1)
})
