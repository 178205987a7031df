// A Weir with certificates from an authority.
import { createWeir, type EntityStatus, type Storage, type Weir } from '@weirlb/core'
import type { ConfigInput, EventName, WeirEvent } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { atEnd } from '../support/engine-bench.ts'
import { Farm } from '../weir/farm.ts'

type Certkeys = NonNullable<ConfigInput['certkeys']>
type Vserver = NonNullable<ConfigInput['userVservers']>[number]

/** The vserver `tls` with the certkey `c`. */
export const tlsVserver = (port: number, more: Partial<Vserver> = {}): Vserver => ({
  name: 'tls',
  protocol: 'TLS',
  address: '127.0.0.1',
  port,
  defaultLb: 'lb',
  certificates: ['c'],
  ...more
})

/** The certkey `c` from this authority, for `a.test`. */
export const ordered = ({ directory, ca }: { readonly directory: string, readonly ca: string }, acme: object = {}): Certkeys =>
  [{ name: 'authority', ca }, { name: 'c', acme: { directory, domains: ['a.test'], ca: 'authority', ...acme } }]

/** A running Weir with these, until the test ends. */
export class AcmeBench {
  readonly weir: Weir
  /** What was reported of orders. */
  readonly events: readonly WeirEvent[]
  readonly log: readonly string[]

  private constructor (weir: Weir, events: readonly WeirEvent[], log: readonly string[]) {
    this.weir = weir
    this.events = events
    this.log = log
  }

  static async start (
    certkeys: Certkeys,
    userVservers: readonly Vserver[],
    { storage, workers = 1 }: { readonly storage?: Storage, readonly workers?: number } = {}
  ): Promise<AcmeBench> {
    const farm = await Farm.start('red')
    atEnd(() => { farm.close() })
    const base = farm.config()
    const config = {
      ...base,
      certkeys,
      userProtocols: [...base.userProtocols!, { name: 'TLS', transport: 'ssl', extension: 'hello' }, { name: 'HTTP', transport: 'http' }, { name: 'HTTPS', transport: 'https' }],
      lbVservers: [...base.lbVservers!, { name: 'web', type: 'HTTP' }],
      userVservers
    } satisfies ConfigInput
    const log: string[] = []
    const weir = createWeir({
      config,
      log: {
        level: 'debug',
        destination: {
          write: line => {
            log.push(line)
          }
        }
      },
      storage,
      workers
    })
    atEnd(async () => {
      await weir.stop({ graceMs: 0 })
    })
    const events: WeirEvent[] = []
    for (const name of ['certificate-issued', 'certificate-renewed', 'certificate-failed'] satisfies EventName[])
      weir.on(name, event => {
        events.push(event)
      })
    await weir.start()
    return new AcmeBench(weir, events, log)
  }

  async status (): Promise<EntityStatus> { return await this.weir.certkeys.status('c') }

  /** Waits until the order has come to this. Returns the status then. */
  async comesTo (state: NonNullable<EntityStatus['acme']>['state']): Promise<EntityStatus> {
    let status = await this.status()
    await until(async () => {
      status = await this.status()
      return status.acme?.state === state
    }, `an order that is ${state}`).catch((error: unknown) => {
      throw new Error(`${JSON.stringify(status)}: ${this.log.join('')}`, { cause: error })
    })
    return status
  }
}
