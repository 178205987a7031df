import { parseConfig } from '@weirlb/model'
import { expect, test } from 'vitest'
import { emptyServiceStats } from '../stats/empty.ts'
import { ServiceRuntime } from './service.ts'

test('a service whose dial failed is suspect for two seconds, or until a dial succeeds', () => {
  const [config] = parseConfig({ services: [{ name: 's', address: '127.0.0.1', port: 1 }] }).services
  const service = new ServiceRuntime(config!, { address: '127.0.0.1', port: 1, timeoutMs: 0, layers: [] }, emptyServiceStats())
  expect(service.isSuspect(1000)).toBe(false)
  service.dialFailed(1000)
  expect([2999, 3000, 3001].map(now => service.isSuspect(now))).toEqual([true, false, false])
  service.dialFailed(3000)
  service.dialSucceeded()
  expect(service.isSuspect(3001)).toBe(false)
})
