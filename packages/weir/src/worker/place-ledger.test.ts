import fc from 'fast-check'
import { Places, type PlaceWord } from '@weirlb/engine'
import { parseConfig } from '@weirlb/model'
import { expect, test } from 'vitest'
import { PlaceLedger } from './place-ledger.ts'

const servicesOf = (maxClients: number) =>
  parseConfig({ services: [{ name: 's', address: '127.0.0.1', port: 1, maxClients }] }).services

/** A worker with one service, over channels that keep their order and deliver when they are told to. */
class Worker {
  readonly number: number
  readonly toWorker: PlaceWord[] = []
  readonly toControl: (() => void)[] = []
  clients = 0
  waiting = 0
  refusals = 0
  readonly places: Places

  constructor (number: number, limit: number, ledger: () => PlaceLedger) {
    this.number = number
    this.places = new Places('s', limit, 0, {
      ask: (service, count) => {
        this.toControl.push(() => {
          ledger().ask(number, service, count)
        })
      },
      giveBack: (service, count, answer) => {
        this.toControl.push(() => {
          ledger().giveBack(number, service, count, answer)
        })
      }
    }, () => {})
  }

  enter (): void {
    if (this.places.full) this.refusals++
    else if (this.places.free) this.#begin()
    else {
      this.waiting++
      this.places.wait({
        onPlace: () => { this.waiting--; this.#begin() },
        onNoPlace: () => { this.waiting--; this.refusals++ }
      })
    }
  }

  #begin (): void {
    this.clients++
    this.places.enter()
  }

  leave (): void {
    if (this.clients === 0) return
    this.clients--
    this.places.leave()
  }

  /** One message of either direction. Returns false when there is none. */
  deliver (down: boolean): boolean {
    const word = down ? this.toWorker.shift() : undefined
    if (word !== undefined) this.places.hear(word)
    const message = down ? undefined : this.toControl.shift()
    message?.()
    return word !== undefined || message !== undefined
  }
}

const start = (count: number, limit: number) => {
  const workers: Worker[] = []
  const alive = new Set<number>()
  const ledger: PlaceLedger = new PlaceLedger((worker, _service, word) => {
    if (alive.has(worker)) workers[worker]!.toWorker.push(word)
  }, () => alive.size)
  for (let i = 0; i < count; i++) {
    alive.add(i)
    workers.push(new Worker(i, limit, () => ledger))
  }
  ledger.configure(servicesOf(limit))
  const settle = (): void => {
    for (let more = true; more;) {
      more = false
      for (const worker of workers)
        if (alive.has(worker.number) && (worker.deliver(true) || worker.deliver(false))) more = true
    }
  }
  return {
    workers,
    ledger,
    alive,
    settle,
    clients: () => workers.reduce((sum, { number, clients }) => sum + (alive.has(number) ? clients : 0), 0)
  }
}

const step = fc.record({
  worker: fc.nat(2),
  act: fc.constantFrom('enter', 'enter', 'leave', 'up', 'down', 'down', 'end')
})

test('workers never have more clients than there are places, nobody waits for ever, and places are used', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 120 }), (limit, steps) => {
    const { workers, ledger, alive, settle, clients } = start(3, limit)
    for (const { worker: number, act } of steps) {
      const worker = workers[number]!
      if (!alive.has(number)) continue
      if (act === 'enter') worker.enter()
      else if (act === 'leave') worker.leave()
      else if (act === 'end') {
        // One stays.
        if (alive.size === 1) continue
        alive.delete(number)
        ledger.ended(number)
      } else worker.deliver(act === 'down')
      expect(clients()).toBeLessThanOrEqual(limit)
    }
    settle()
    for (const worker of workers) if (alive.has(worker.number)) expect(worker.waiting).toBe(0)
    // Whoever comes now gets what is free, whichever worker it is.
    for (let i = 0; i < 2 * limit; i++) {
      for (const worker of workers) if (alive.has(worker.number)) worker.enter()
      settle()
      expect(clients()).toBeLessThanOrEqual(limit)
    }
    expect(clients()).toBe(limit)
    // And what becomes free is had by another worker.
    const leaver = workers.find(worker => alive.has(worker.number) && worker.clients > 0)!
    leaver.leave()
    settle()
    const other = workers.findLast(worker => alive.has(worker.number))!
    other.enter()
    settle()
    expect(clients()).toBe(limit)
  }), { numRuns: 500 })
})

test('a worker that is alone asks once', () => {
  const { workers: [worker], settle } = start(1, 1000)
  let messages = 0
  for (let i = 0; i < 1000; i++) {
    worker!.enter()
    messages += worker!.toControl.length
    settle()
  }
  expect([worker!.clients, messages]).toEqual([1000, 1])
  worker!.enter()
  settle()
  expect(worker!.refusals).toBe(1)
})

test('far from the limit few clients cost a message', () => {
  const { workers, settle } = start(2, 10_000)
  let messages = 0
  for (let i = 0; i < 4000; i++) {
    const worker = workers[i % 2]!
    worker.enter()
    messages += worker.toControl.length
    settle()
  }
  expect(messages).toBeLessThan(4000 / 30)
})

test('a smaller limit lets nobody in until clients have left, and a larger one does at once', () => {
  const { workers, ledger, settle } = start(2, 4)
  for (let i = 0; i < 4; i++) workers[i % 2]!.enter()
  settle()
  for (const worker of workers) worker.places.resize(2)
  ledger.configure(servicesOf(2))
  settle()
  const enter = (): number => {
    workers[0]!.enter()
    settle()
    return workers[0]!.clients + workers[1]!.clients
  }
  expect(enter()).toBe(4)
  workers[1]!.leave()
  workers[1]!.leave()
  settle()
  expect(enter()).toBe(2)
  ledger.configure(servicesOf(3))
  settle()
  expect(enter()).toBe(3)
  expect(enter()).toBe(3)
})
