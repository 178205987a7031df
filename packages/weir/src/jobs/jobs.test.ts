import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventNames, type ConfigInput, type Job, type WeirEvent } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { FileStorage } from '../storage/file.ts'
import type { SavedJobs } from '../storage/job-archive.ts'
import { MemoryStorage } from '../storage/memory.ts'
import type { FakeDataPlane } from '../test/fake-data-plane.ts'
import { startWeir } from '../test/start-weir.ts'
import type { RunningWeir } from '../running-weir.ts'

const config: ConfigInput = {
  services: [{ name: 's', address: '127.0.0.1', port: 1 }, { name: 't', address: '127.0.0.1', port: 2 }],
  lbVservers: [{ name: 'lb', services: [{ name: 't' }] }]
}
const ends: (() => Promise<unknown>)[] = []
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end() })

const start = async (clients: number, options: Parameters<typeof startWeir>[0] = { config }) => {
  const started = await startWeir(options)
  ends.push(() => started.weir.stop())
  started.plane.clients.set('s', clients)
  const told: WeirEvent[] = []
  for (const name of eventNames) if (name.startsWith('job-')) started.weir.on(name, event => { told.push(event) })
  return { ...started, told }
}
const ended = async (weir: RunningWeir, { id }: Job): Promise<Job> => await until(() => {
  const job = weir.jobs.get(id)!
  return job.endedAt === undefined ? undefined : job
}, `${id} to end`)

test('a drain tells the clients of its service at its rate, and is done when they are gone', async () => {
  const { weir, plane, told } = await start(60)
  const begun = performance.now()
  const job = await weir.services.drain('s', { ratePerSecond: 50, order: 'random' })
  expect(job).toMatchObject({
    id: 'drain-1',
    kind: 'drain',
    service: 's',
    state: 'running',
    ratePerSecond: 50,
    order: 'random',
    told: 0,
    toldAtDeadline: 0
  })
  expect(weir.services.require('s').value.state).toBe('draining')
  expect(await ended(weir, job)).toMatchObject({ state: 'done', clients: 60, told: 60, toldAtDeadline: 0, remaining: 0, reason: undefined })
  expect(performance.now() - begun).toBeGreaterThanOrEqual(1100)
  expect(Math.max(...plane.departures.map(({ count }) => count))).toBeLessThanOrEqual(25)
  expect(plane.departures[0]).toMatchObject({ service: 's', order: 'random', reason: 'draining', force: false })
  expect(told.map(({ type }) => type)).toEqual(['job-started', 'job-progress', 'job-ended'])
  expect(told.at(-1)).toMatchObject({ job: 'drain-1', kind: 'drain', service: 's', state: 'done', told: 60, remaining: 0 })
})

test('a job is paused, resumed and cancelled, and then it is over', async () => {
  const { weir, plane, told } = await start(1000)
  const { id } = await weir.services.drain('s', { ratePerSecond: 100 })
  await until(() => plane.departures.length > 0, 'the first clients')
  expect((await weir.jobs.pause(id)).state).toBe('paused')
  await until(async () => weir.jobs.get(id)!.told === plane.departures.reduce((sum, { count }) => sum + count, 0), 'the last step')
  const before = plane.departures.length
  // Another job shows that the time of several steps has passed.
  plane.clients.set('t', 1000)
  const other = await weir.services.drain('t', { ratePerSecond: 100 })
  const of = (name: string): FakeDataPlane['departures'] => plane.departures.filter(({ service }) => service === name)
  await until(() => of('t').length >= 3, 'three steps of the other job')
  await weir.jobs.cancel(other.id)
  expect(of('s')).toHaveLength(before)
  expect((await weir.jobs.pause(id)).state).toBe('paused')
  expect((await weir.jobs.resume(id)).state).toBe('running')
  await until(() => of('s').length > before, 'more clients')
  // The time of the pause is not caught up with.
  expect(of('s')[before]!.count).toBeLessThan(30)
  expect(await weir.jobs.cancel(id)).toMatchObject({ state: 'cancelled', endedAt: expect.any(String) as string })
  for (const act of ['pause', 'resume', 'cancel'] as const) await expect(weir.jobs[act](id)).rejects.toThrow(expect.objectContaining({ code: 'job-ended', message: `job '${id}' has ended: it is cancelled` }))
  await expect(weir.jobs.cancel('drain-7')).rejects.toThrow(expect.objectContaining({ code: 'not-found', message: "no job 'drain-7'; there are: drain-1, drain-2" }))
  expect(told.filter(event => event.type !== 'job-progress' && 'job' in event && event.job === id).map(({ type }) => type)).toEqual(['job-started', 'job-paused', 'job-resumed', 'job-ended'])
  expect(weir.services.require('s').value.state).toBe('draining')
  // The next one goes on where this one ended.
  expect(await ended(weir, await weir.services.drain('s', { ratePerSecond: 100_000 }))).toMatchObject({ id: 'drain-3', state: 'done' })
  expect(weir.jobs.list().map(job => job.id)).toEqual(['drain-3', 'drain-2', 'drain-1'])
})

test('jobs that wait for their clients ask for them once a second, and their progress is saved together', async () => {
  const saves: SavedJobs[] = []
  class Counting extends MemoryStorage { readonly jobs = { load: async () => undefined, save: async (jobs: SavedJobs) => { saves.push(jobs) } } }
  const names = Array.from({ length: 20 }, (_, i) => `s${i}`)
  const { weir, plane, told } = await start(0, {
    config: { services: names.map(name => ({ name, address: '127.0.0.1', port: 1 })) },
    storage: new Counting()
  })
  for (const name of names) plane.clients.set(name, 5)
  for (const name of names) await weir.services.drain(name, { deadlineSeconds: 600 })
  await until(() => told.filter(({ type }) => type === 'job-progress').length >= names.length, 'the progress of each')
  const [begun, asked, saved, reported] = [performance.now(), plane.departuresAsked, saves.length, told.length]
  await until(() => told.filter(({ type }) => type === 'job-progress').length >= 3 * names.length, 'more progress')
  const seconds = (performance.now() - begun) / 1000
  expect((plane.departuresAsked - asked) / names.length / seconds).toBeLessThan(2.5)
  expect((saves.length - saved) / seconds).toBeLessThan(2.5)
  expect(told.length - reported).toBeGreaterThan(names.length)
  expect(saves.at(-1)!.jobs).toHaveLength(names.length)
  // They end when their clients have left.
  for (const name of names) plane.clients.set(name, 0)
  await until(() => weir.jobs.list().every(({ state }) => state === 'done'), 'the ends')
  await until(() => saves.at(-1)!.jobs.every(job => job['state'] === 'done'), 'the ends to be saved')
})

test('at its deadline a drain tells all that are left, and without a rate nobody before', async () => {
  const { weir, plane } = await start(5)
  const job = await weir.services.drain('s', { deadlineSeconds: 0.5 })
  expect(await ended(weir, job)).toMatchObject({ state: 'done', told: 5, toldAtDeadline: 5, remaining: 0 })
  expect(plane.departures).toMatchObject([{ count: 5, force: true }])
  expect(Date.parse(weir.jobs.get(job.id)!.endedAt!)).toBeGreaterThanOrEqual(Date.parse(job.deadline!))
})

test.each<[string, object, string]>([
  ['rate 0', { ratePerSecond: 0 }, 'ratePerSecond: must be at least 0.01'],
  ['a negative rate', { ratePerSecond: -1 }, 'ratePerSecond'],
  ['a rate that is none', { ratePerSecond: '5' }, 'ratePerSecond'],
  ['too high a rate', { ratePerSecond: 1e6 }, 'ratePerSecond'],
  ['a deadline in the past', { deadlineSeconds: -5 }, 'deadlineSeconds'],
  ['a deadline now', { deadlineSeconds: 0 }, 'deadlineSeconds'],
  ['an unknown order', { order: 'newest-first' }, 'order: '],
  ['an unknown field', { rate: 5 }, "unknown field 'rate'"]
])('%s is refused, and nothing changes', async (_, settings, message) => {
  const { weir } = await start(5)
  await expect(weir.services.drain('s', settings)).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining(message) as string
  })
  expect(weir.services.require('s').value.state).toBe('enabled')
  expect(weir.jobs.list()).toEqual([])
})

test('a service has one drain at a time', async () => {
  const { weir } = await start(5)
  const [first, second] = await Promise.allSettled([weir.services.drain('s', { ratePerSecond: 1 }), weir.services.drain('s', { ratePerSecond: 1 })])
  expect([first.status, second]).toMatchObject(['fulfilled', { reason: { code: 'job-running', message: "service 's' is about to have a job; wait for its end" } }])
  await expect(weir.services.drain('s')).rejects.toMatchObject({ code: 'job-running', message: "service 's' has a job already: 'drain-1', which is running; cancel it first, or wait for its end" })
  await weir.jobs.pause('drain-1')
  await expect(weir.services.drain('s')).rejects.toMatchObject({ code: 'job-running' })
  expect((await weir.services.drain('t')).id).toBe('drain-2')
  await expect(weir.services.drain('nobody')).rejects.toMatchObject({ code: 'not-found' })
  await expect(weir.services.drain('t', {}, { ifMatch: '"old"' })).rejects.toMatchObject({ code: 'job-running' })
  await weir.jobs.cancel('drain-1')
  await expect(weir.services.drain('s', {}, { ifMatch: '"old"' })).rejects.toMatchObject({ code: 'precondition-failed' })
})

test('a drain ends with its service, and when that takes clients again', async () => {
  const { weir } = await start(5)
  const first = await weir.services.drain('s', { ratePerSecond: 0.01 })
  await weir.services.enable('s')
  expect(weir.jobs.get(first.id)).toMatchObject({ state: 'cancelled', reason: "service 's' takes clients again: its state is enabled" })
  const second = await weir.services.drain('s', { ratePerSecond: 0.01 })
  await weir.services.delete('s')
  expect(weir.jobs.get(second.id)).toMatchObject({ state: 'failed', reason: "service 's' was deleted, which closed its clients" })
})

test('a job goes on after a restart, and the next one has another number', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'weir-jobs-'))
  ends.push(async () => { await rm(directory, { recursive: true }) })
  const first = await start(100, { config, storage: new FileStorage(directory) })
  const job = await first.weir.services.drain('s', { ratePerSecond: 50 })
  const paused = await first.weir.services.drain('t', { ratePerSecond: 50 })
  await first.weir.jobs.pause(paused.id)
  await until(() => first.plane.departures.length > 1, 'the first clients')
  await first.weir.stop()
  const { told } = first.weir.jobs.get(job.id)!
  expect(told).toBeGreaterThan(0)
  expect((await stat(join(directory, 'jobs.json'))).mode & 0o077).toBe(0)

  const second = await start(0, { storage: new FileStorage(directory) })
  expect(await ended(second.weir, job)).toMatchObject({ state: 'done', told, clients: 100, startedAt: job.startedAt })
  expect(second.weir.jobs.get(paused.id)).toMatchObject({ state: 'paused' })
  expect((await second.weir.services.drain('s')).id).toBe('drain-3')
  await second.weir.stop()

  // Nobody else writes this file; somebody may have.
  const saved = JSON.parse(await readFile(join(directory, 'jobs.json'), 'utf8')) as { jobs: Record<string, unknown>[] }
  saved.jobs.push({ id: 'drain-9', kind: 'nothing' })
  await writeFile(join(directory, 'jobs.json'), JSON.stringify(saved))
  const third = await start(0, { storage: new FileStorage(directory) })
  expect(third.weir.jobs.list().map(({ id }) => id)).toEqual(['drain-3', 'drain-2', 'drain-1'])
  await third.weir.stop()
  await writeFile(join(directory, 'jobs.json'), 'none')
  expect((await start(0, { storage: new FileStorage(directory) })).weir.jobs.list()).toEqual([])
})

test('of the jobs that have ended the last hundred are kept', async () => {
  const { weir } = await start(0)
  for (let i = 0; i < 103; i++) await weir.jobs.cancel((await weir.services.drain('s')).id)
  expect(weir.jobs.list()).toHaveLength(101)
  expect(weir.jobs.list().at(-1)!.id).toBe('drain-3')
})

test('a service is disabled later, and until then only clients with a session reach it', async () => {
  const { weir, plane } = await start(5)
  expect((await weir.services.disable('s', {}, { delaySeconds: 0.4 })).value.state).toBe('sessions-only')
  const job = weir.jobs.get('disable-1')!
  expect(job).toMatchObject({ kind: 'disable', service: 's', state: 'running' })
  await expect(weir.services.drain('s')).rejects.toMatchObject({ code: 'job-running' })
  expect(await ended(weir, job)).toMatchObject({ state: 'done', clients: 5, told: 5, toldAtDeadline: 5, remaining: 0 })
  expect(weir.services.require('s').value.state).toBe('disabled')
  expect(plane.departures).toEqual([])
})

test('with a rate, the clients that are left after the delay are told like those of a drain, and then it is disabled', async () => {
  const { weir, plane } = await start(30)
  const states: string[] = []
  weir.on('config-applied', () => { states.push(weir.services.require('s').value.state) })
  await weir.services.disable('s', {}, { delaySeconds: 0.2, ratePerSecond: 50, order: 'oldest-first' })
  expect(weir.jobs.get('disable-1')).toMatchObject({ ratePerSecond: 50, order: 'oldest-first', state: 'running' })
  expect(await ended(weir, weir.jobs.get('disable-1')!)).toMatchObject({ state: 'done', clients: 30, told: 30, toldAtDeadline: 0, remaining: 0 })
  expect(weir.services.require('s').value.state).toBe('disabled')
  expect(
    plane.departures.every(({ reason, force, order, count }) =>
      reason === 'draining' && !force && order === 'oldest-first' && count <= 25
    )
  ).toBe(true)
  expect(plane.departures.length).toBeGreaterThan(3)
  expect(states).toEqual(['sessions-only', 'draining', 'disabled'])
})

test('the rate of a disabling is that of the LB vserver, and it may begin at once or be taken back', async () => {
  const { weir, plane } = await start(30)
  await weir.lbVservers.patch('lb', { services: [{ name: 's' }, { name: 't' }], onDown: 'close', onDownRatePerSecond: 40 })
  await weir.services.disable('s', {}, { delaySeconds: 0.2 })
  expect(weir.jobs.get('disable-1')).toMatchObject({ ratePerSecond: 40 })
  await until(() => weir.jobs.get('disable-1')!.told > 0, 'the first clients')
  expect(weir.services.require('s').value.state).toBe('draining')
  await weir.services.enable('s')
  expect(weir.jobs.get('disable-1')).toMatchObject({ state: 'cancelled' })
  plane.clients.set('s', 10)
  expect((await weir.services.disable('s', {}, { ratePerSecond: 5 })).value.state).toBe('draining')
  // Disabled by hand: the job does not take that back.
  await until(() => weir.jobs.get('disable-2')!.clients === 10, 'the count')
  await weir.services.disable('s')
  await ended(weir, weir.jobs.get('disable-2')!)
  expect(weir.services.require('s').value.state).toBe('disabled')
  await expect(weir.services.disable('s', {}, { ratePerSecond: 0 })).rejects.toMatchObject({
    code: 'config-invalid',
    issues: [{ path: 'ratePerSecond' }]
  })
})

test('a graceful one is disabled as soon as its clients are gone', async () => {
  const { weir, plane } = await start(5)
  expect((await weir.services.disable('s', {}, { delaySeconds: 3600, graceful: true })).value.state).toBe('sessions-only')
  expect((await weir.services.disable('t', {}, { graceful: true })).value.state).toBe('draining')
  expect(await ended(weir, weir.jobs.get('disable-2')!)).toMatchObject({ service: 't', state: 'done', told: 0 })
  await until(() => weir.jobs.get('disable-1')!.clients === 5, 'the first count')
  expect(weir.jobs.get('disable-1')!.state).toBe('running')
  plane.clients.set('s', 0)
  expect(await ended(weir, weir.jobs.get('disable-1')!)).toMatchObject({ state: 'done', told: 0, remaining: 0 })
  expect(weir.services.list().map(({ state }) => state)).toEqual(['disabled', 'disabled'])
  // At once, whatever is under way.
  await weir.services.enable('s')
  await weir.services.disable('s', {}, { delaySeconds: 3600 })
  expect((await weir.services.disable('s')).value.state).toBe('disabled')
  await weir.services.enable('s')
  expect(weir.jobs.get('disable-3')).toMatchObject({ state: 'cancelled' })
  for (const settings of [{ delaySeconds: -1 }, { delaySeconds: 0 }, { graceful: 'yes' as never }])
    await expect(weir.services.disable('s', {}, settings)).rejects.toMatchObject({ code: 'config-invalid' })
})

const closing: ConfigInput = {
  ...config,
  lbVservers: [{ name: 'lb', onDown: 'close', onDownRatePerSecond: 50, services: [{ name: 's' }, { name: 't' }] }]
}

test('clients of a service that is down are closed at the rate of its LB vserver, until it is up again', async () => {
  const { weir, events, plane } = await start(30, { config: closing })
  events.emit('service-down', { service: 's', reason: 'refused', upForMs: 1 })
  events.emit('service-down', { service: 's', reason: 'refused', upForMs: 1 })
  const [job, ...others] = weir.jobs.list()
  expect([job, others]).toMatchObject([{ id: 'close-1', kind: 'close', service: 's', lbVserver: 'lb', ratePerSecond: 50 }, []])
  expect(await ended(weir, job!)).toMatchObject({ state: 'done', told: 30 })
  expect(plane.departures[0]).toMatchObject({ service: 's', lbVserver: 'lb', reason: 'service-down' })
  plane.clients.set('s', 1000)
  events.emit('service-down', { service: 's', reason: 'refused', upForMs: 1 })
  events.emit('service-up', { service: 's', reason: 'connected', downForMs: 1 })
  expect(weir.jobs.list()[0]).toMatchObject({ id: 'close-2', state: 'cancelled', reason: "service 's' is up again" })
  events.emit('service-down', { service: 's', reason: 'refused', upForMs: 1 })
  await weir.lbVservers.patch('lb', { onDown: 'keep' })
  expect(weir.jobs.list()[0]).toMatchObject({ id: 'close-3', state: 'cancelled', reason: "onDown of LB vserver 'lb' is 'keep' now" })
  events.emit('service-down', { service: 's', reason: 'refused', upForMs: 1 })
  expect(weir.jobs.list()[0]!.id).toBe('close-3')
})

test('a rebalance moves what is too much by weight, and the others get it', async () => {
  const { weir, plane } = await start(90, {
    config: {
      ...closing,
      services: [...config.services!, { name: 'u', address: '127.0.0.1', port: 3 }],
      lbVservers: [{ name: 'lb', services: [{ name: 's' }, { name: 't' }, { name: 'u', weight: 2 }] }]
    }
  })
  plane.clients.set('t', 30).set('u', 0)
  const job = await weir.lbVservers.rebalance('lb', { ratePerSecond: 200 })
  expect(job).toMatchObject({ id: 'rebalance-1', lbVserver: 'lb', state: 'running' })
  await expect(weir.lbVservers.rebalance('lb', { ratePerSecond: 1 })).rejects.toMatchObject({ code: 'job-running', message: "LB vserver 'lb' has a job already: 'rebalance-1', which is running; cancel it first, or wait for its end" })
  // Of 120, 30 each for s and t and 60 for u.
  await until(() => weir.jobs.get(job.id)!.told === 60, 'the excess to be told')
  expect(plane.departures.every(({ service, reason, force }) => service === 's' && reason === 'rebalanced' && !force)).toBe(true)
  expect(plane.told).toContain('steer lb from s, t')
  plane.clients.set('u', 60)
  expect(await ended(weir, job)).toMatchObject({ state: 'done', clients: 60, told: 60, remaining: 0 })
  expect(plane.told.at(-1)).toBe('steer lb from ')
  // There is nothing more to do.
  expect(await ended(weir, await weir.lbVservers.rebalance('lb', { ratePerSecond: 200 }))).toMatchObject({ state: 'done', clients: 0, told: 0 })
  plane.clients.set('s', 900)
  const other = await weir.lbVservers.rebalance('lb', { ratePerSecond: 1 })
  await weir.lbVservers.unbind('lb', 't')
  expect(weir.jobs.get(other.id)).toMatchObject({ state: 'cancelled', reason: "the services of LB vserver 'lb' are others now" })
})

test('a rebalance that cannot be is refused', async () => {
  const { weir } = await start(90, { config: { ...config, lbVservers: [{ name: 'lb', method: 'token', services: [{ name: 's' }] }] } })
  await expect(weir.lbVservers.rebalance('lb', { ratePerSecond: 1 })).rejects.toMatchObject({ code: 'config-invalid', issues: [{ path: 'method', message: expect.stringContaining("the method 'token'") as string }] })
  await expect(weir.lbVservers.rebalance('nobody', { ratePerSecond: 1 })).rejects.toMatchObject({ code: 'not-found' })
  await expect(weir.lbVservers.rebalance('lb', { ratePerSecond: 0 })).rejects.toMatchObject({
    code: 'config-invalid',
    message: 'ratePerSecond: must be at least 0.01; got 0'
  })
  await expect(weir.lbVservers.rebalance('lb', {} as never)).rejects.toMatchObject({ code: 'config-invalid' })
  expect(weir.jobs.list()).toEqual([])
})

test('members of a service group are rebalanced, and closed when one is down', async () => {
  const { weir, plane, events } = await start(0, { config: {
    serviceGroups: [{ name: 'g', members: [{ address: '127.0.0.1', port: 1 }, { address: '127.0.0.2', port: 1 }] }],
    lbVservers: [{ name: 'lb', onDown: 'close', onDownRatePerSecond: 100, services: [{ name: 'g' }] }]
  } })
  const [one, two] = plane.running!.services.map(({ name }) => name)
  plane.clients.set(one!, 40).set(two!, 0)
  const job = await weir.lbVservers.rebalance('lb', { ratePerSecond: 100 })
  await until(() => weir.jobs.get(job.id)!.told === 20, 'the excess to be told')
  plane.clients.set(two!, 20)
  expect(await ended(weir, job)).toMatchObject({ state: 'done', clients: 20 })
  events.emit('service-down', { service: two!, reason: 'refused', upForMs: 1 })
  expect(await ended(weir, weir.jobs.list()[0]!)).toMatchObject({ kind: 'close', service: two, state: 'done', told: 20 })
})

/** Holds back what the data plane counts. `during` does something meanwhile, and resolves when the count has gone on. */
const heldBack = (plane: FakeDataPlane, method: 'stats' | 'depart'): { readonly during: <T>(act: () => T) => Promise<T> } => {
  let release!: () => void
  const released = new Promise<void>(resolve => { release = resolve })
  const count = plane[method].bind(plane) as (query: unknown) => Promise<unknown>
  let asked = false
  Object.assign(plane, {
    [method]: async (query: unknown): Promise<unknown> => {
      asked = true
      const answer = await count(query)
      await released
      return answer
    }
  })
  return {
    during: async act => {
      await until(() => asked, 'the count')
      const done = act()
      release()
      for (let turns = 0; turns < 5; turns++) await new Promise(resolve => { setImmediate(resolve) })
      return done
    }
  }
}

test('a service whose disabling is cancelled while its clients are counted stays as it is', async () => {
  const { weir, plane } = await start(0)
  const held = heldBack(plane, 'depart')
  await weir.services.disable('s', {}, { graceful: true })
  expect(await held.during(async () => (await weir.jobs.cancel('disable-1')).state)).toBe('cancelled')
  expect(weir.services.require('s').value.state).toBe('draining')
})

test('a rebalance that is cancelled while clients are counted steers nobody afterwards', async () => {
  const { weir, plane } = await start(90, {
    config: { ...config, lbVservers: [{ name: 'lb', services: [{ name: 's' }, { name: 't' }] }] }
  })
  const held = heldBack(plane, 'stats')
  const { id } = await weir.lbVservers.rebalance('lb', { ratePerSecond: 1000 })
  await held.during(() => weir.jobs.cancel(id))
  expect(plane.told.filter(one => one.startsWith('steer'))).toEqual(['steer lb from '])
  expect(plane.departures).toEqual([])
})

test('a drain that is paused while its clients are counted tells none', async () => {
  const { weir, plane } = await start(90)
  const held = heldBack(plane, 'depart')
  const { id } = await weir.services.drain('s', { ratePerSecond: 100_000 })
  await held.during(() => weir.jobs.pause(id))
  expect(plane.departures).toEqual([])
  expect(weir.jobs.get(id)).toMatchObject({ state: 'paused', told: 0, remaining: 90 })
  await weir.jobs.resume(id)
  expect(await ended(weir, weir.jobs.get(id)!)).toMatchObject({ state: 'done', told: 90 })
})
