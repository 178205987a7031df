import { until } from '@weirlb/testing'
import { createWeir } from 'weirlb'
import { describe, expect, onTestFinished, test } from 'vitest'
import { chooseTransport } from '@weirlb/link'
import { WeirProcess } from '../support/weir-process.ts'

const { name: best, reason: why } = chooseTransport('auto')
const uring = best === 'uring' ? undefined : why

/** The environment of a process that is refused io_uring, and its workers'. */
const forbidden = { NODE_OPTIONS: `--import ${new URL('../support/forbid-uring.ts', import.meta.url).href}` }
const REFUSAL = 'io_uring_setup ENOMEM: .*; over the limit of locked memory'

const said = async (
  transport: string | undefined,
  env: Record<string, string> = {}
): Promise<{ log: unknown, health: unknown, stats: unknown }> => {
  const weir = await WeirProcess.start({ workers: 1, env, ...(transport === undefined ? {} : { transport }) })
  onTestFinished(async () => { await weir.stop() })
  const line = (): unknown => weir.log.find(({ msg }) => msg === 'transport chosen')
  await until(() => line() !== undefined, 'the log to name the transport')
  const health = (await weir.api.call('getHealth')).body
  const stats = (await weir.api.call('getStats')).body
  return { log: line(), health: health.workers[0]!.transport, stats: stats.transports }
}

describe('what moves the bytes is said in the log, the health and the statistics', () => {
  test('node, when nothing is asked for', async () => {
    const { log, health, stats } = await said(undefined)
    expect(log).toMatchObject({ transport: 'node', reason: 'asked for', worker: 1 })
    expect(health).toEqual({ name: 'node', reason: 'asked for' })
    expect(stats).toEqual([{ worker: 1, name: 'node', reason: 'asked for' }])
  })

  test.skipIf(uring !== undefined)(
    `io_uring, when it is asked for${uring === undefined ? '' : ` (not here: ${uring})`}`,
    async () => {
      const { log, health, stats } = await said('uring')
      expect(log).toMatchObject({ transport: 'uring', reason: 'asked for' })
      expect(health).toEqual({ name: 'uring', reason: 'asked for' })
      expect(stats).toEqual([{ worker: 1, name: 'uring', reason: 'asked for' }])
    }
  )

  test('with auto, whichever can be used, and why', async () => {
    const { health } = await said('auto')
    expect(health).toEqual(
      uring === undefined ? { name: 'uring', reason: 'io_uring can be used' } : { name: 'node', reason: uring }
    )
  })
})

describe.skipIf(uring !== undefined)(
  `where io_uring is refused${uring === undefined ? '' : ` (not here: ${uring})`}`,
  () => {
    test('auto serves on Node\'s sockets, and says why', async () => {
      const { log, health, stats } = await said('auto', forbidden)
      const expected = { name: 'node', reason: expect.stringMatching(`^io_uring cannot be used: ${REFUSAL}`) }
      expect(log).toMatchObject({ transport: 'node', reason: expected.reason })
      expect(health).toEqual(expected)
      expect(stats).toEqual([{ worker: 1, ...expected }])
    })

  test.each([0, 1])('uring ends the start as transport-unavailable, with %i workers', async workers => {
    await expect(WeirProcess.start({ workers, transport: 'uring', env: forbidden })).rejects.toThrow(
      new RegExp(`ended with status 1: weir: transport: 'uring' cannot be used here: ${REFUSAL}.*\\[transport-unavailable\\]$`))
  })
})

test('another word is refused', () => {
  expect(() => createWeir({ transport: 'epoll' as 'auto' })).toThrow("transport: expected one of auto, node, uring; got 'epoll'")
})
