// A vserver over TLS whose extension says to each client what it knows of it, and the makings of client certificates.
import type { ConfigInput } from '@weirlb/model'
import type { ConnectionOptions } from 'node:tls'
import { around, startEngine, TestServer, type EngineBench } from '../support/engine-bench.ts'
import type { Certificate } from '../support/certificate.ts'
import { TlsClient } from '../support/tls-client.ts'

const SOURCE = `
import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'who', api: 1, balance: 'per-connection',
  client: { framing: frame.lines({ max: 1000 }), onMessage: () => forward() },
  onConnect (ctx) { ctx.reply(encodeUtf8(JSON.stringify(ctx.client) + '\\n')) }
})`

type Tls = NonNullable<ConfigInput['userVservers']>[number]['tls']

/** The vserver `v` with these certkeys, of which it serves `certificates`, and these settings. */
export const whoami = async (
  certkeys: NonNullable<ConfigInput['certkeys']>,
  certificates: readonly string[],
  tls: Tls = {},
  transport: 'ssl' | 'wss' = 'ssl',
  floods = {}
): Promise<Whoami> => {
  const bench = await startEngine(around(SOURCE, [await TestServer.listen()], {
    certkeys,
    userProtocols: [{ name: 'S', transport, extension: 'ext' }],
    userVservers: [{
      name: 'v',
      protocol: 'S',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      certificates: [...certificates],
      tls,
      floods
    }]
  }))
  return new Whoami(bench, certificates)
}

export class Whoami {
  readonly bench: EngineBench
  readonly #certificates: readonly string[]

  constructor (bench: EngineBench, certificates: readonly string[]) {
    this.bench = bench
    this.#certificates = certificates
  }

  get port (): number { return this.bench.port() }

  connect (options: ConnectionOptions = {}): TlsClient { return new TlsClient(this.port, options) }

  /** With a certificate of the client's own. */
  with ({ cert, key }: Certificate, options: ConnectionOptions = {}): TlsClient {
    return this.connect({ cert, key, ...options })
  }

  /** Other settings from now on. */
  async set (tls: Tls, certkeys?: ConfigInput['certkeys']): Promise<void> {
    await this.bench.apply({
      ...certkeys === undefined ? {} : { certkeys },
      userVservers: [{
        name: 'v',
        protocol: 'S',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        certificates: [...this.#certificates],
        tls
      }]
    })
  }

  /** How many connections ended for a reason. */
  closed (reason: string): number { return this.bench.engine.stats().userVservers['v']!.closed[reason as 'limit'] ?? 0 }

  /** What the log says of clients that were refused: reason and detail. */
  get refusals (): string[] {
    return this.bench.log.lines.filter(({ message }) => message === 'connection refused').map(({ reason, detail }) =>
      `${String(reason)}: ${String(detail)}`
    )
  }
}

/** What the extension was told. */
export interface Told {
  readonly serverName?: string
  readonly alpn?: string
  readonly psk?: string
  readonly certificate?: { readonly [field: string]: unknown }
}

/** What the extension was told of this client. */
export const told = async (client: TlsClient): Promise<Told> => JSON.parse(await client.line()) as Told
