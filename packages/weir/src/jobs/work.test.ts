import { emptyConfig, parseConfig } from '@weirlb/model'
import { expect, test } from 'vitest'
import { Drain } from './drain.ts'
import type { JobRecord } from './work.ts'

test('the steps of all jobs go through the services of a configuration once', async () => {
  const { services } = parseConfig({
    services: [{ name: 's', address: '127.0.0.1', port: 1 }, { name: 't', address: '127.0.0.1', port: 2 }]
  })
  let read = 0
  const config = { ...emptyConfig(), get services () { read++; return [services[0]!, { ...services[0]!, name: 't@127.0.0.1:2' }, services[1]!] } }
  const asked: string[] = []
  const place = {
    plane: { depart: async ({ service }: { service: string }) => { asked.push(service); return { told: 0, present: 1, more: true } }, steerFrom: () => {} },
    stats: async () => { throw new Error('nobody counts here') }, config: () => config, takesClients: () => true, setServiceState: async () => {}
  }
  for (const service of ['s', 't', 's']) {
    const record: JobRecord = {
      id: 'drain-1',
      kind: 'drain',
      service,
      state: 'running',
      order: 'idle-first',
      startedAt: new Date().toISOString(),
      clients: 0,
      told: 0,
      remaining: 0,
      toldAtDeadline: 0
    }
    expect(await new Drain(record, place).step()).toBeUndefined()
  }
  expect([...new Set(asked)]).toEqual(['s', 't@127.0.0.1:2'])
  expect(read).toBe(1)
})
