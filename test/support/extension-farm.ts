import type { UserVserverInput } from '@weirlb/admin/client'
import type { Answer } from '@weirlb/testing'
import { TestServer } from './engine-bench.ts'
import { sharedWeir } from './shared-weir.ts'
import type { WeirProcess } from './weir-process.ts'

export interface ExtensionFarmOptions {
  readonly builtin: string
  /** How many test servers to start, or the ports of others that run. */
  readonly servers: number | readonly number[]
  /** What the server with this index answers. */
  readonly answer?: (index: number) => Answer
  readonly method?: string
  readonly workers?: number
  readonly params?: UserVserverInput['params']
  readonly limits?: UserVserverInput['limits']
  readonly serverLinks?: UserVserverInput['serverLinks']
  /** False: the extension runs on its own thread. Default: as builtins do. */
  readonly trusted?: boolean
  /** Default: what `weir serve` has. */
  readonly transport?: string
}

/**
 * `weir serve` with one user vserver, `v`, of a shipped extension in front of services `s0`, `s1`, …; all end with
 * the test.
 */
export interface ExtensionFarm {
  readonly weir: WeirProcess
  /** Those that were started here. */
  readonly servers: readonly TestServer[]
  /** Where clients connect. */
  readonly port: number
}

export const startExtensionFarm = async (
  { builtin, servers: wanted, answer, method, workers, params, limits, serverLinks, trusted, transport }: ExtensionFarmOptions
): Promise<ExtensionFarm> => {
  const servers = typeof wanted === 'number'
    ? await Promise.all(Array.from({ length: wanted }, async (_, i) => await TestServer.listen(answer?.(i))))
    : []
  const ports = typeof wanted === 'number' ? servers.map(server => server.port) : wanted
  const weir = await sharedWeir({ workers: workers ?? 1, ...(transport === undefined ? {} : { transport }) })
  const { api } = weir
  await api.call('replaceConfig', {
    body: {
      extensions: [{ name: 'e', builtin, ...(trusted === undefined ? {} : { trusted }) }],
      userProtocols: [{ name: 'P', transport: 'tcp', extension: 'e' }],
      services: ports.map((port, i) => ({ name: `s${i}`, address: '127.0.0.1', port })),
      lbVservers: [{ name: 'lb', method: method ?? 'token', services: ports.map((_, i) => ({ name: `s${i}` })) }],
      userVservers: [{
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        params: params ?? {},
        ...(limits === undefined ? {} : { limits }),
        ...(serverLinks === undefined ? {} : { serverLinks })
      }]
    }
  })
  return { weir, servers, port: await api.port('v') }
}
