// Redis servers that refuse every command for a reason of their own are found out by the errors, and by the probe.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithRedis } from '../support/describe-with.ts'
import { atEnd, TestClient } from '../support/engine-bench.ts'
import { connectRedis } from '../support/redis-farm.ts'
import { Redis } from '../support/redis.ts'
import { startRefusingBench } from '../support/refusing-bench.ts'

describeWithRedis('a real server', program => {
  const started = async (options: readonly string[] = []): Promise<Redis> => {
    const server = await Redis.start(program, options)
    atEnd(async () => { await server.kill() })
    return server
  }

  const masterDown = async (): Promise<Redis> => {
    const server = await started(['--replica-serve-stale-data', 'no'])
    const client = await connectRedis(server.port)
    await client.sendCommand(['REPLICAOF', '127.0.0.1', '1'])
    return server
  }

  const loading = async (): Promise<Redis> => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-redis-'))
    atEnd(async () => { await rm(folder, { recursive: true }) })
    const before = await started(['--dir', folder])
    const client = await connectRedis(before.port)
    await client.sendCommand(['DEBUG', 'POPULATE', '20000']).catch(async () => {
      for (let i = 0; i < 2000; i++) await client.set(`key:${i}`, 'v'.repeat(100))
    })
    await client.sendCommand(['SAVE'])
    await before.kill()
    return await started([
      '--dir',
      folder,
      '--key-load-delay',
      '100000',
      '--loading-process-events-interval-bytes',
      '1024'
    ])
  }

  const full = async (): Promise<Redis> => {
    const server = await started(['--maxclients', '2'])
    await connectRedis(server.port)
    await connectRedis(server.port)
    return server
  }

  test.each([
    ['loading', loading, 'LOADING Redis is loading the dataset in memory'],
    ['master-down', masterDown, "MASTERDOWN Link with MASTER is down and replica-serve-stale-data"],
    ['full', full, 'ERR max number of clients reached']
  ])('%s', async (_name, start, error) => {
    const server = await start()
    const { port, status } = await startRefusingBench({ builtin: 'redis', server: server.port, failures: 2 })
    for (let i = 0; i < 2; i++) {
      const client = new TestClient(port)
      client.socket.write('GET k\r\n')
      await until(() => client.text.startsWith(`-${error}`), 'the error')
      client.socket.destroy()
    }
    await until(async () => (await status('counted')).value === 'down', 'the service to be down')
    expect((await status('counted')).reason).toMatch(
      new RegExp(`^2 failures within 3600 s of clients, the last refused: ${error.slice(0, 40)}`)
    )
    await until(async () => (await status('probed')).reason?.includes(error.slice(0, 40)), 'the probe to find it out')
  })

  test('an error about a command is none of the server, and a password is none of the probe', async () => {
    const server = await started(['--requirepass', 'pw'])
    const { port, refused, status } = await startRefusingBench({ builtin: 'redis', server: server.port, failures: 1 })
    const client = new TestClient(port)
    client.socket.write('GET k\r\n')
    await until(() => client.text.startsWith('-NOAUTH'), 'the error')
    await until(async () => (await status('probed')).value === 'up', 'the probe to be answered')
    expect(await refused()).toBe(0)
    expect((await status('counted')).value).not.toBe('down')
    client.socket.destroy()
  })
})
