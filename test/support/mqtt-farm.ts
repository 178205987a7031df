import type { UserVserverInput } from '@weirlb/admin/client'
import { TIME_SCALE } from '@weirlb/testing'
import { Mosquitto } from './mosquitto.ts'
import { WeirProcess } from './weir-process.ts'

export interface FarmOptions {
  readonly workers: number
  readonly brokers: number
  readonly method?: string
  /** Further lines of the brokers' configuration. */
  readonly settings?: string
  /** Parameters of the user vserver. */
  readonly params?: UserVserverInput['params']
}

/** Brokers behind a running Weir with one user vserver, `mqtt`, all made through REST. */
export class MqttFarm {
  readonly weir: WeirProcess
  readonly brokers: readonly Mosquitto[]
  /** Where clients connect. */
  readonly port: number

  private constructor (weir: WeirProcess, brokers: readonly Mosquitto[], port: number) {
    this.weir = weir
    this.brokers = brokers
    this.port = port
  }

  static async start (mosquitto: string, options: FarmOptions): Promise<MqttFarm> {
    const names = Array.from({ length: options.brokers }, (_, i) => `broker-${i + 1}`)
    const brokers = await Promise.all(names.map(name => Mosquitto.start(mosquitto, name, options.settings)))
    const weir = await WeirProcess.start({ workers: options.workers })
    const { api } = weir
    await api.call('createExtension', { body: { name: 'mqtt', builtin: 'mqtt' } })
    await api.call('createUserProtocol', { body: { name: 'MQTT', transport: 'tcp', extension: 'mqtt' } })
    for (const { name, port } of brokers) {
      const monitors = [{ type: 'tcp' as const, intervalSeconds: 0.2, timeoutSeconds: TIME_SCALE, downAfter: 1 }]
      await api.call('createService', { body: { name, address: '127.0.0.1', port, monitors } })
    }
    await api.call('createLbVserver', {
      body: {
        name: 'brokers',
        method: options.method ?? 'round-robin',
        persistence: { type: 'user-session', timeoutSeconds: 60 },
        services: names.map(name => ({ name }))
      }
    })
    await api.call('createUserVserver', {
      body: {
        name: 'mqtt',
        protocol: 'MQTT',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'brokers',
        params: options.params ?? {}
      }
    })
    return new MqttFarm(weir, brokers, await api.port('mqtt'))
  }

  broker (name: string): Mosquitto {
    const found = this.brokers.find(broker => broker.name === name)
    if (found === undefined)
      throw new Error(`no broker '${name}'; there are: ${this.brokers.map(b => b.name).join(', ')}`)
    return found
  }

  /** How many connections of the user vserver ended for a reason. */
  async closed (reason: string): Promise<number> {
    const stats = (await this.weir.api.call('getStats')).body
    return stats.userVservers['mqtt']?.closed[reason] ?? 0
  }

  async stop (): Promise<void> {
    await this.weir.stop()
    await Promise.all(this.brokers.map(broker => broker.kill()))
  }
}
