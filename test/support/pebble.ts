import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { runProgram } from './balancer-program.ts'
import { freePort } from './free-port.ts'
import { startLoopbackDns } from './loopback-dns.ts'
import { Authority } from './pki.ts'

/** How an authority differs from an ordinary one. */
export interface PebbleOptions {
  /** Ports that it validates names at. Default: those of nobody. */
  readonly httpPort?: number
  readonly tlsPort?: number
  /** How long its certificates are valid, in seconds. Default: five years. */
  readonly validSeconds?: number
  /** MAC keys by key identifier; where there are some, each account needs one. */
  readonly macKeys?: Readonly<Record<string, string>>
  /** Domains that it issues nothing for. */
  readonly blocked?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A running pebble. */
export interface Pebble {
  readonly directory: string
  /** PEM bundle that verifies its own server. */
  readonly ca: string
  /** Its root, PEM, which its certificates lead to. */
  readonly output: () => string
  readonly root: () => Promise<string>
  /** Number of orders that it was asked for. */
  readonly orders: () => number
  readonly stop: () => Promise<void>
  /** Start it again; it forgets everything. */
  readonly restart: () => Promise<void>
}

/** Start pebble until the test ends; all names are on loopback. */
export const startPebble = async (
  { httpPort, tlsPort, validSeconds, macKeys, blocked, env }: PebbleOptions = {}
): Promise<Pebble> => {
  const [port, management, nobody, dns] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await startLoopbackDns()
  ]
  const authority = await Authority.root('Pebble Test')
  const own = await authority.issue({
    names: [{ type: 'dns', value: 'localhost' }, { type: 'ip', value: '127.0.0.1' }]
  })
  const config = {
    pebble: {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: 'DIR/cert.pem',
      privateKey: 'DIR/key.pem',
      httpPort: httpPort ?? nobody,
      tlsPort: tlsPort ?? nobody,
      ...(validSeconds === undefined ? {} : { certificateValidityPeriod: validSeconds }),
      ...(blocked === undefined ? {} : { domainBlocklist: blocked }),
      externalAccountBindingRequired: macKeys !== undefined,
      externalAccountMACKeys: macKeys ?? {}
    }
  }
  // It sleeps up to 1 s before each validation, and refuses one nonce of twenty. It would use a validation again for
  // half of the orders.
  const run = async () =>
    await runProgram(
      'pebble',
      ['-config', 'DIR/pebble.json', '-dnsserver', `127.0.0.1:${dns}`, '-strict'],
      {
        'pebble.json': JSON.stringify(config),
        'cert.pem': own.cert,
        'key.pem': own.key
      },
      { port },
      { PEBBLE_VA_SLEEPTIME: '2', PEBBLE_AUTHZREUSE: '0', ...env }
    )
  let { output, stop } = await run()
  const root = async (): Promise<string> => {
    const asked = request({ host: '127.0.0.1', port: management, path: '/roots/0', ca: authority.cert, agent: false })
    asked.end()
    const [response] = await once(asked, 'response') as [IncomingMessage]
    return await text(response)
  }
  return {
    directory: `https://localhost:${port}/dir`,
    ca: authority.cert,
    root,
    output: () => output(),
    orders: () => output().split('Added order').length - 1,
    stop: async () => { await stop() },
    restart: async () => {
      await stop()
      ;({ output, stop } = await run())
    }
  }
}
