// A PostgreSQL server that refuses logins for a reason of its own is found out by them, and by the probe.
import { Client } from 'pg'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithPostgresql } from '../support/describe-with.ts'
import { atEnd } from '../support/engine-bench.ts'
import { Postgres } from '../support/postgres.ts'
import { startRefusingBench } from '../support/refusing-bench.ts'

const connected = async (port: number, user = 'alice'): Promise<Client> => {
  const client = new Client({ host: '127.0.0.1', port, user, database: 'shop' })
  client.on('error', () => {})
  await client.connect()
  atEnd(async () => { await client.end() })
  return client
}
const refusal = async (port: number, user?: string): Promise<string> =>
  await connected(port, user).then(() => 'served', (error: { code: string }) => error.code)

describeWithPostgresql('PostgreSQL 15', bin => {
  test('full, then stopping: each login counts, and a wrong user does not', async () => {
    const server = await Postgres.start(bin, {
      settings: 'max_connections = 3\nsuperuser_reserved_connections = 0\nmax_wal_senders = 0'
    })
    atEnd(async () => {
      await server.kill()
    })
    const { port, refused, status } = await startRefusingBench({
      builtin: 'postgresql',
      server: server.port,
      failures: 3
    })
    const reason = async (name: 'counted' | 'probed'): Promise<string | undefined> => (await status(name)).reason

    expect(await refusal(port, 'nobody')).toBe('28000')
    expect(await refused()).toBe(0)

    // Slots of the probe and of earlier clients come and go: the server is asked until it is full.
    const clients: Client[] = []
    await until(async () => {
      const client = await connected(server.port).catch(() => undefined)
      if (client !== undefined) clients.push(client)
      return clients.length === 3
    }, 'all slots to be taken')
    for (let i = 0; i < 2; i++) expect(await refusal(port)).toBe('53300')
    expect(await refused()).toBe(2)
    await until(
      async () => (await reason('probed'))?.includes('the server answered with 53300'),
      'the probe to find it full'
    )

    server.endGently()
    await until(
      async () => (await reason('probed'))?.includes('the server answered with 57P03'),
      'the probe to find it stopping'
    )
    expect(await refusal(port)).toBe('57P03')
    await until(async () => (await status('counted')).value === 'down', 'the service to be down')
    expect(await reason('counted')).toBe('3 failures within 3600 s of clients, the last refused: error 57P03')
  })
})
