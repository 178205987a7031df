import { createWeir } from 'weirlb'
import { atEnd } from './at-end.ts'

/** Weir in front of one server that refuses clients: as a service that counts refusals, and as one that is probed. */
export interface RefusingBench {
  /** Where clients connect; they reach the service that counts. */
  readonly port: number
  /** Clients of it that the server has refused. */
  readonly refused: () => Promise<number>
  readonly status: (
    service: 'counted' | 'probed'
  ) => Promise<{ readonly value: string, readonly reason?: string | undefined }>
}

/** `failures`: refused clients that take the counting service down. It ends with the test. */
export const startRefusingBench = async (
  { builtin, server, failures }: { readonly builtin: string, readonly server: number, readonly failures: number }
): Promise<RefusingBench> => {
  const base = { address: '127.0.0.1', port: server }
  const weir = createWeir({
    workers: 0,
    log: { level: 'silent' },
    config: {
      extensions: [{ name: 'e', builtin }],
      userProtocols: [{ name: 'P', transport: 'tcp', extension: 'e' }],
      services: [
        {
          name: 'counted',
          ...base,
          monitors: [{ type: 'passive', counts: ['refused'], failures, windowSeconds: 3600, downSeconds: 3600 }]
        },
        {
          name: 'probed',
          ...base,
          monitors: [{ type: 'extension', extension: 'e', intervalSeconds: 0.1, downAfter: 1, timeoutSeconds: 30 }]
        }
      ],
      lbVservers: [{ name: 'lb', services: [{ name: 'counted' }] }],
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
    }
  })
  atEnd(async () => {
    await weir.stop({ graceMs: 0 })
  })
  await weir.start()
  return {
    port: (await weir.userVservers.status('v')).listening!.port,
    refused: async () => (await weir.stats()).services['counted']!.refused,
    status: async service => await weir.services.status(service)
  }
}
