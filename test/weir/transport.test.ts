import { chooseTransport } from '@weir/engine'
import { until } from '@weir/testing'
import { createWeir } from 'weir'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WeirProcess } from '../support/weir-process.ts'

const { name: best, reason: why } = chooseTransport('auto')
const uring = best === 'uring' ? undefined : why

const said = async (transport: string | undefined): Promise<{ log: unknown, health: unknown, stats: unknown }> => {
  const weir = await WeirProcess.start({ workers: 1, ...(transport === undefined ? {} : { transport }) })
  onTestFinished(async () => { await weir.stop() })
  const line = (): unknown => weir.log.find(({ msg }) => msg === 'transport chosen')
  await until(() => line() !== undefined, 'the log to name the transport')
  const health = await weir.api.get<{ workers: { transport: unknown }[] }>('health')
  const stats = await weir.api.get<{ transports: unknown }>('stats')
  return { log: line(), health: health.workers[0]!.transport, stats: stats.transports }
}

describe('what moves the bytes is said in the log, the health and the statistics', () => {
  test('node, when nothing is asked for', async () => {
    const { log, health, stats } = await said(undefined)
    expect(log).toMatchObject({ transport: 'node', reason: 'asked for', worker: 1 })
    expect(health).toEqual({ name: 'node', reason: 'asked for' })
    expect(stats).toEqual([{ worker: 1, name: 'node', reason: 'asked for' }])
  })

  test.skipIf(uring !== undefined)(`io_uring, when it is asked for${uring === undefined ? '' : ` (not here: ${uring})`}`, async () => {
    const { log, health, stats } = await said('uring')
    expect(log).toMatchObject({ transport: 'uring', reason: 'asked for' })
    expect(health).toEqual({ name: 'uring', reason: 'asked for' })
    expect(stats).toEqual([{ worker: 1, name: 'uring', reason: 'asked for' }])
  })

  test('with auto, whichever can be used, and why', async () => {
    const { health } = await said('auto')
    expect(health).toEqual(uring === undefined ? { name: 'uring', reason: 'io_uring can be used' } : { name: 'node', reason: uring })
  })
})

test('another word is refused', () => {
  expect(() => createWeir({ transport: 'epoll' as 'auto' })).toThrow("transport: expected one of auto, node, uring; got 'epoll'")
})
