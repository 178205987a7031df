// The walk of a newcomer through the page of an extension: its commands, run as they stand.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TIME_SCALE } from '@weirlb/testing'
import { expect, test } from 'vitest'
import {
  describeWithLogger,
  describeWithMbpoll,
  describeWithPostgresql,
  describeWithRedis,
  describeWithRsyslog
} from '../../test/support/describe-with.ts'
import { startGateway } from '../../test/support/modbus-gateway.ts'
import { Postgres } from '../../test/support/postgres.ts'
import { commandBlocks } from './command-blocks.ts'
import { runBlocks, type Surroundings } from './run-blocks.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

const walk = async (extension: string, surroundings: Surroundings): Promise<void> => {
  const blocks = commandBlocks(readFileSync(join(root, 'extensions', extension, 'README.md'), 'utf8'))
  const { code, error, outputs } = await runBlocks(blocks, surroundings)
  expect(error).toBe('')
  expect(code).toBe(0)
  const shown = [...blocks.entries()].filter(([, { output }]) => output !== undefined)
  expect(shown.length, 'what the page shows').toBeGreaterThan(0)
  for (const [n, { output }] of shown) expect(outputs[n]).toBe(output!.trimEnd())
}
const TIMEOUT_MS = 60_000 * TIME_SCALE

describeWithRedis('redis', redis => {
  test('the page can be walked', async () => {
    await walk('redis', { programs: [redis] })
  }, TIMEOUT_MS)
})

describeWithRsyslog('syslog', rsyslogd => {
  describeWithLogger('with logger(1)', () => {
    test('the page can be walked', async () => {
      await walk('syslog', { programs: [rsyslogd] })
    }, TIMEOUT_MS)
  })
})

describeWithMbpoll('modbus-tcp', mbpoll => {
  test('the page can be walked', async () => {
    await walk('modbus-tcp', {
      programs: [mbpoll],
      ports: { 15021: await startGateway(), 15022: await startGateway() }
    })
  }, TIMEOUT_MS)
})

describeWithPostgresql('postgresql', bin => {
  test('the page can be walked', async () => {
    const servers = await Promise.all([Postgres.start(bin), Postgres.start(bin)])
    try {
      await walk('postgresql', {
        programs: [join(bin, 'psql')],
        ports: { 15431: servers[0]!.port, 15432: servers[1]!.port }
      })
    } finally {
      await Promise.all(servers.map(async server => { await server.kill() }))
    }
  }, TIMEOUT_MS)
})
