// A probe of several steps: the server's messages are cut wherever they are, and each is judged before the next.
import { HealthBoard } from '@weirlb/health'
import { parseConfig } from '@weirlb/model'
import type { ProbeAnswer, Probes } from '@weirlb/engine'
import { frame } from '@weirlb/sdk'
import { until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { FakeTransport, turns, type FakeLink } from '../support/fake-transport.ts'

const REPLY = 'one\ntwo\nthree\n'
const stops: (() => void)[] = []
afterEach(() => { for (const stop of stops.splice(0)) stop() })

/** The probe of a server that is up once it has sent three lines. */
const probed = async (): Promise<
  { board: HealthBoard, link: FakeLink, judged: ProbeAnswer[], release: () => void, hold: () => void }
> => {
  const judged: ProbeAnswer[] = []
  let held: (() => void)[] | undefined
  const probes: Probes = {
    probeQuestion: async () => ({ version: 1, bytes: Buffer.from('HELLO\n'), framing: frame.lines({ max: 100 }) }),
    probeVerdict: async answer => {
      judged.push(answer)
      if (held !== undefined)
        await new Promise<void>(resolve => {
          held!.push(resolve)
        })
      return answer.step === 2
        ? { verdict: 'up' }
        : { verdict: 'next', bytes: Buffer.from(`MORE ${answer.step}\n`), awaits: `line ${answer.step + 2}` }
    }
  }
  const transport = new FakeTransport()
  const board = new HealthBoard({ transport, probes, onHealth: () => {}, onChange: () => {} })
  stops.push(() => {
    board.stop()
  })
  const monitors = [{
    type: 'extension' as const,
    extension: 'e',
    intervalSeconds: 0.05,
    timeoutSeconds: 60,
    downAfter: 1
  }]
  board.apply(parseConfig({ services: [{ name: 's', address: '127.0.0.1', port: 1, monitors }] }), [])
  await until(() => transport.dials.length === 1, 'the probe')
  const release = (): void => { for (const go of held?.splice(0) ?? []) go() }
  return { board, link: transport.dials[0]!.connect(), judged, release, hold: () => { held = [] } }
}

const texts = (judged: readonly ProbeAnswer[]): string[] => judged.map(({ bytes }) => Buffer.from(bytes).toString())

test.each(Array.from({ length: REPLY.length + 1 }, (_, cut) => cut))('cut at %i', async cut => {
  const { board, link, judged } = await probed()
  link.gives(REPLY.slice(0, cut))
  await turns(10)
  link.gives(REPLY.slice(cut))
  await until(() => board.status('s').health === 'up', 'it to be up')
  expect(texts(judged)).toEqual(['one\n', 'two\n', 'three\n'])
  expect(judged.map(({ step, length }) => [step, length])).toEqual([[0, 4], [1, 4], [2, 6]])
  expect(new Set(judged.map(({ id }) => id)).size).toBe(1)
  expect(link.text).toBe('HELLO\nMORE 0\nMORE 1\n')
  expect(link.closed).toBe('close')
})

test('nothing is read while a message is judged, and an end or a loss counts only if more is awaited', async () => {
  const cases = [
    [REPLY, (link: FakeLink) => {
      link.fin()
    }, 'up'],
    [REPLY, (link: FakeLink) => {
      link.leave({ kind: 'reset', message: 'reset by the test' })
    }, 'up'],
    ['one\ntw', (link: FakeLink) => {
      link.leave({ kind: 'reset', message: 'reset by the test' })
    }, 'reset by the test before the server\'s reply while it awaited line 2, but 2 bytes of one: 7477'],
    ['one\ntw', (link: FakeLink) => {
      link.fin()
    }, 'the server closed the connection before its reply while it awaited line 3']
  ] as const
  for (const [reply, end, outcome] of cases) {
    const { board, link, judged, hold, release } = await probed()
    hold()
    link.gives(reply)
    await until(() => judged.length === 1, 'the first line to be judged')
    expect(link.paused).toBe(true)
    end(link)
    await until(() => { release(); return board.status('s').health === 'up' || board.status('s').reason !== undefined }, 'a verdict')
    expect(board.status('s').reason?.replace(/^the probe of extension 'e': /, '') ?? board.status('s').health).toBe(outcome)
  }
})
