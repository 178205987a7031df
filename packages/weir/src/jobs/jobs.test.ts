import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventNames, type ConfigInput, type Job, type WeirEvent } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { FileStorage } from '../storage/file.ts'
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
  expect(job).toMatchObject({ id: 'drain-1', kind: 'drain', service: 's', state: 'running', ratePerSecond: 50, order: 'random', told: 0, toldAtDeadline: 0 })
  expect(weir.services.require('s').value.state).toBe('draining')
  expect(await ended(weir, job)).toMatchObject({ state: 'done', clients: 60, told: 60, toldAtDeadline: 0, remaining: 0, reason: undefined })
  expect(performance.now() - begun).toBeGreaterThanOrEqual(1100)
  expect(plane.departures.length).toBeGreaterThanOrEqual(10)
  expect(Math.max(...plane.departures.map(({ count }) => count))).toBeLessThanOrEqual(25)
  expect(plane.departures[0]).toMatchObject({ service: 's', order: 'random', reason: 'draining', force: false })
  expect(told.map(({ type }) => type)).toEqual(['job-started', 'job-progress', 'job-ended'])
  expect(told.at(-1)).toMatchObject({ job: 'drain-1', kind: 'drain', service: 's', state: 'done', told: 60, remaining: 0 })
})

test('a job is paused, resumed and cancelled, and then it is over', async () => {
  const { weir, plane, told } = await start(1000)
  const { id } = await weir.services.drain('s', { ratePerSecond: 100 })
  await until(() => plane.departures.length > 0, 'the first clients')
  expect(weir.jobs.pause(id).state).toBe('paused')
  await until(async () => weir.jobs.get(id)!.told === plane.departures.reduce((sum, { count }) => sum + count, 0), 'the last step')
  const before = plane.departures.length
  await new Promise(resolve => { setTimeout(resolve, 300) })
  expect(plane.departures).toHaveLength(before)
  expect(weir.jobs.pause(id).state).toBe('paused')
  expect(weir.jobs.resume(id).state).toBe('running')
  await until(() => plane.departures.length > before, 'more clients')
  // The time of the pause is not caught up with.
  expect(plane.departures[before]!.count).toBeLessThan(30)
  expect(weir.jobs.cancel(id)).toMatchObject({ state: 'cancelled', endedAt: expect.any(String) as string })
  for (const act of ['pause', 'resume', 'cancel'] as const) expect(() => weir.jobs[act](id)).toThrow(expect.objectContaining({ code: 'job-ended', message: `job '${id}' has ended: it is cancelled` }))
  expect(() => weir.jobs.cancel('drain-7')).toThrow(expect.objectContaining({ code: 'not-found', message: "no job 'drain-7'; there are: drain-1" }))
  expect(told.map(({ type }) => type).filter(type => type !== 'job-progress')).toEqual(['job-started', 'job-paused', 'job-resumed', 'job-ended'])
  expect(weir.services.require('s').value.state).toBe('draining')
  // The next one goes on where this one ended.
  expect(await ended(weir, await weir.services.drain('s', { ratePerSecond: 100_000 }))).toMatchObject({ id: 'drain-2', state: 'done' })
  expect(weir.jobs.list().map(job => job.id)).toEqual(['drain-2', 'drain-1'])
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
  await expect(weir.services.drain('s', settings)).rejects.toMatchObject({ code: 'config-invalid', message: expect.stringContaining(message) as string })
  expect(weir.services.require('s').value.state).toBe('enabled')
  expect(weir.jobs.list()).toEqual([])
})

test('a service has one drain at a time', async () => {
  const { weir } = await start(5)
  const [first, second] = await Promise.allSettled([weir.services.drain('s', { ratePerSecond: 1 }), weir.services.drain('s', { ratePerSecond: 1 })])
  expect([first.status, second]).toMatchObject(['fulfilled', { reason: { code: 'job-running', message: "service 's' is about to have a job; wait for its end" } }])
  await expect(weir.services.drain('s')).rejects.toMatchObject({ code: 'job-running', message: "service 's' has a job already: 'drain-1', which is running; cancel it first, or wait for its end" })
  weir.jobs.pause('drain-1')
  await expect(weir.services.drain('s')).rejects.toMatchObject({ code: 'job-running' })
  expect((await weir.services.drain('t')).id).toBe('drain-2')
  await expect(weir.services.drain('nobody')).rejects.toMatchObject({ code: 'not-found' })
  await expect(weir.services.drain('t', {}, { ifMatch: '"old"' })).rejects.toMatchObject({ code: 'job-running' })
  weir.jobs.cancel('drain-1')
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
  first.weir.jobs.pause(paused.id)
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
  for (let i = 0; i < 103; i++) weir.jobs.cancel((await weir.services.drain('s')).id)
  expect(weir.jobs.list()).toHaveLength(101)
  expect(weir.jobs.list().at(-1)!.id).toBe('drain-3')
})
