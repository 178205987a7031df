import type { Api } from '../../../test/support/api.ts'
import { WeirProcess } from '../../../test/support/weir-process.ts'
import { inspectingProtocol } from '../wire/protocol.ts'
import { chooseTransport, type TransportChoice } from '@weir/engine'
import type { Path } from './path.ts'

const configure = async (api: Api, servers: readonly number[], extension: object): Promise<number> => {
  await api.post('extensions', { name: 'bench', ...extension })
  await api.post('user-protocols', { name: 'MQTT', transport: 'tcp', extension: 'bench' })
  for (const [i, port] of servers.entries()) await api.post('services', { name: `s${i}`, address: '127.0.0.1', port })
  await api.post('lb-vservers', {
    name: 'servers', method: 'token', persistence: { type: 'user-session', timeoutSeconds: 300 }, services: servers.map((_, i) => ({ name: `s${i}` }))
  })
  await api.post('user-vservers', { name: 'mqtt', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'servers' })
  return await api.port('mqtt')
}

const weir = (name: string, extension: object, transport: TransportChoice = 'node'): Path => ({
  name,
  version: `Node ${process.version}`,
  async start (servers) {
    const weir = await WeirProcess.start({ workers: 1, logLevel: 'warn', transport })
    return { port: await configure(weir.api, servers, extension), pid: weir.pid, stop: async () => { await weir.stop() } }
  }
})

/** `weir serve` with the shipped MQTT extension, which reads the CONNECT and then tunnels. */
export const weirTunnelled: Path = weir('Weir, tunnelled', { builtin: 'mqtt' })

/** Every message of both directions enters the sandbox, on the event loop. */
export const weirLoop: Path = weir('Weir, inspected (loop)', { source: inspectingProtocol, trusted: true })

/** The same on the sandbox's own thread, as for code that is not trusted. */
export const weirThread: Path = weir('Weir, inspected (thread)', { source: inspectingProtocol, trusted: false })

/** The io_uring transport, where it can be used. */
const uring = (name: string, extension: object): Path => {
  const { name: found, reason } = chooseTransport('auto')
  return { ...weir(name, extension, 'uring'), ...(found === 'uring' ? {} : { missing: reason }) }
}
export const uringTunnelled: Path = uring('Weir on io_uring, tunnelled', { builtin: 'mqtt' })
export const uringLoop: Path = uring('Weir on io_uring, inspected (loop)', { source: inspectingProtocol, trusted: true })
export const uringThread: Path = uring('Weir on io_uring, inspected (thread)', { source: inspectingProtocol, trusted: false })
