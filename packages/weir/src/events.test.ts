import { expect, test } from 'vitest'
import { Events } from './events.ts'
import type { EventName } from '@weirlb/model'

const make = () => {
  const lines: object[] = []
  const log = { debug () {}, info () {}, warn () {}, error (fields: object) { lines.push(fields) } }
  return { events: new Events(log), lines }
}

test('a listener is told until it ends it', () => {
  const { events } = make()
  const told: unknown[] = []
  const end = events.on('service-down', event => { told.push(event) })
  events.emit('service-down', { service: 's', reason: 'refused', upForMs: 1 })
  events.emit('service-up', { service: 's', reason: 'passed', downForMs: 1 })
  end()
  events.emit('service-down', { service: 's', reason: 'refused', upForMs: 1 })
  expect(told).toEqual([{
    type: 'service-down',
    time: expect.any(Number) as number,
    service: 's',
    reason: 'refused',
    upForMs: 1
  }])
})

test('a listener that throws is logged, and the others are told', () => {
  const { events, lines } = make()
  let told = 0
  events.on('service-up', () => { throw new Error('mine') })
  events.on('service-up', () => { told++ })
  events.emit('service-up', { service: 's', reason: 'passed', downForMs: 1 })
  expect(told).toBe(1)
  expect(lines).toEqual([{ event: 'service-up', error: 'mine' }])
})

test('a listener that is given twice is told twice; one that ends itself leaves the others theirs', () => {
  const { events } = make()
  let told = 0
  const listener = (): void => { told++ }
  const end = events.on('service-up', listener)
  events.on('service-up', listener)
  const once = events.on('service-up', () => { told++; once() })
  events.emit('service-up', { service: 's', reason: 'passed', downForMs: 1 })
  expect(told).toBe(3)
  end()
  events.emit('service-up', { service: 's', reason: 'passed', downForMs: 1 })
  expect(told).toBe(4)
})

test('a name that there is not is refused with the choices', () => {
  const { events } = make()
  for (const name of ['nothing', 'constructor']) {
    expect(() => events.on(name as EventName, () => {})).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
        message: expect.stringContaining('service-down') as string
      }) as Error
    )
  }
})
