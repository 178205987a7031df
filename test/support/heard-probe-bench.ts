import { TIME_SCALE, until } from '@weirlb/testing'
import { createWeir, type ConfigInput, type Weir } from 'weirlb'
import { atEnd } from './at-end.ts'

/** The topic on which a monitor publishes to itself. */
export const TOPIC = 'weir/health'
export type Services = NonNullable<ConfigInput['services']>
export type Monitor = NonNullable<NonNullable<Services[number]>['monitors']>[number]

/** A monitor of brokers that publishes to itself, often, and whose first failure counts. */
export const heardMonitor = (params: object, more: object = {}): Monitor => ({
  type: 'extension', extension: 'mqtt', params: { topic: TOPIC, ...params }, intervalSeconds: 0.05,
  timeoutSeconds: 0.5 * TIME_SCALE, downAfter: 1, ...more
}) as Monitor

export const heardService = (name: string, port: number, ...monitors: Monitor[]): Services[number] => ({
  name,
  address: '127.0.0.1',
  port,
  monitors
})

/** A Weir of this process that monitors these services until the test ends. */
export const monitored = async (services: Services): Promise<Weir> => {
  const weir = createWeir({
    workers: 0, log: { level: 'silent' },
    config: { extensions: [{ name: 'mqtt', builtin: 'mqtt', limits: { batchTimeoutMs: 5000 } }], services }
  })
  atEnd(async () => { await weir.stop({ graceMs: 0 }) })
  await weir.start()
  return weir
}

/** Resolves with the reason when the status of a service has this value. */
export const statusBecomes = async (weir: Weir, name: string, value: string): Promise<string | undefined> => {
  await until(async () => (await weir.services.status(name)).value === value, `${name} to be ${value}`)
  return (await weir.services.status(name)).reason
}
