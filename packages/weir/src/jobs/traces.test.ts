import type { TraceRecord } from '@weirlb/engine'
import { expect, test } from 'vitest'
import { FakeDataPlane } from '../test/fake-data-plane.ts'
import { Traces, type TraceEvent, type TraceRequest } from './traces.ts'

const make = () => {
  const lines: object[] = []
  const log = { debug () {}, info () {}, warn () {}, error (fields: object) { lines.push(fields) } }
  const plane = new FakeDataPlane()
  return { traces: new Traces(plane, log), plane, lines }
}

test('a listener that throws is logged, and the others are told', () => {
  const { traces, lines } = make()
  const told: TraceEvent['type'][] = []
  traces.on('m', () => { throw new Error('mine') })
  traces.on('m', ({ type }) => { told.push(type) })
  expect(traces.set('m', { level: 'calls' }).level).toBe('calls')
  traces.onTraced('m', [{ call: 'message' } as TraceRecord], 3, 1)
  traces.stop()
  expect(told).toEqual(['status', 'status', 'record', 'dropped'])
  expect(lines).toEqual(Array.from({ length: 4 }, () => ({ extension: 'm', error: 'mine' })))
})

test('a function that listens twice is told twice, and each call ends its own', () => {
  const { traces } = make()
  let told = 0
  const listener = (): void => { told++ }
  const end = traces.on('m', listener)
  traces.on('m', listener)
  end()
  told = 0
  traces.set('m', { level: 'off' })
  expect(told).toBe(1)
})

test.each([
  [{ level: 'all' }, 'level', "level: expected one of off, calls, verdicts; got \"all\""],
  [{}, 'level', 'level: expected one of off, calls, verdicts; got nothing'],
  [{ level: 'calls', seconds: NaN }, 'seconds', 'seconds: expected 1 to 3600, got NaN']
])('%j is refused and changes nothing', (request, path, message) => {
  const { traces, plane } = make()
  traces.set('m', { level: 'verdicts' })
  expect(() => traces.set('m', request as TraceRequest)).toThrow(
    expect.objectContaining({
      code: 'config-invalid',
      message,
      issues: [{ path, message: message.slice(path.length + 2) }]
    }) as Error
  )
  expect(traces.status('m').level).toBe('verdicts')
  expect(plane.told).toEqual(['trace m on'])
  traces.stop()
})
