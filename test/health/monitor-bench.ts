import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { HealthBoard, type ServiceHealthDetail } from '@weirlb/health'
import { createNodeTransport, type CertkeyContents } from '@weirlb/link'
import { parseConfig, type ConfigInput } from '@weirlb/model'
import type { Probes } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { atEnd } from '../support/at-end.ts'

export const transport = createNodeTransport()
export const noProbes: Probes = {
  probeQuestion: async () => await Promise.reject(new Error('not asked')),
  probeVerdict: async () => await Promise.reject(new Error('not asked'))
}

/** Listen on a free port until the test is over. Returns the port. */
export const serving = async (server: Server): Promise<number> => {
  const open = new Set<Socket>()
  server.on('connection', socket => {
    open.add(socket)
    socket.on('error', () => {}).on('close', () => { open.delete(socket) })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

export const httpServer = async (handle: RequestListener): Promise<number> => await serving(createHttpServer(handle))
export const rawServer = async (talk: (socket: Socket) => void): Promise<number> => await serving(createServer(talk))

type ServiceInput = NonNullable<ConfigInput['services']>[number]
export type MonitorInput = NonNullable<ServiceInput['monitors']>[number]

/** Pace of a monitor whose first probe decides. */
export const AT_ONCE = { intervalSeconds: 0.05, timeoutSeconds: 5, downAfter: 1 } as const

/** A board of one service, until the test is over. */
export const boardOf = (
  service: Partial<ServiceInput>,
  port: number,
  rest: ConfigInput = {},
  certkeys: readonly CertkeyContents[] = []
) => {
  const changes: [up: boolean, reason: string, lastedMs: number][] = []
  const board = new HealthBoard({
    transport,
    probes: noProbes,
    onHealth: () => {},
    onChange: (_service, up, reason, lastedMs) => {
      changes.push([up, reason, lastedMs])
    }
  })
  atEnd(() => {
    board.stop()
  })
  const apply = (given: Partial<ServiceInput>): void => {
    board.apply(parseConfig({ ...rest, services: [{ name: 's', address: '127.0.0.1', port, ...given }] }), certkeys)
  }
  apply(service)
  return { board, changes, apply, detail: (): ServiceHealthDetail => board.detail('s')! }
}

/** Returns the verdict of a monitor's first probe of a server, with its reason. */
export const verdictOf = async (
  monitor: MonitorInput,
  port: number,
  service: Partial<ServiceInput> = {},
  certkeys: readonly CertkeyContents[] = []
): Promise<string> => {
  const { detail } = boardOf({ ...service, monitors: [{ ...AT_ONCE, ...monitor } as MonitorInput] }, port, {}, certkeys)
  await until(() => detail().health !== 'unknown', 'a verdict')
  const { health, reason } = detail()
  return health === 'up' ? 'up' : `${health}: ${reason}`
}
