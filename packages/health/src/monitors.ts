import type { Monitor as MonitorConfig, MonitorType, ProbingMonitor, Service, ServiceType } from '@weirlb/model'
import { targetOf, type DialTarget } from '@weirlb/link'
import { DialMonitor } from './dial-monitor.ts'
import { ExtensionMonitor } from './extension-monitor.ts'
import { HttpMonitor } from './http-monitor.ts'
import type { Monitor, MonitorEvents, MonitorMeans, Probed } from './monitor.ts'
import { PassiveMonitor } from './passive-monitor.ts'
import { SendExpectMonitor } from './send-expect-monitor.ts'

/** One type of monitor. */
interface MonitorKind<C> {
  /** The service as this monitor reaches it: the type decides the layers, with the settings that belong to them. */
  readonly reached: (config: C, service: Service) => Service
  readonly make: (config: C, target: DialTarget, means: MonitorMeans, events: MonitorEvents) => Monitor
}

/**
 * A service as if it were of another type. Behind its own port its server expects the header of the PROXY protocol all
 * the same.
 */
const as = (
  type: ServiceType,
  { port }: { readonly port?: number | undefined },
  service: Service,
  own: Pick<Service, 'tls' | 'websocket'> = {}
): Service => ({
  ...service,
  type,
  startTls: false,
  proxyProtocol: port === undefined ? service.proxyProtocol : undefined,
  tls: own.tls,
  websocket: own.websocket
})

interface TlsPart {
  readonly serverName?: string | undefined
  readonly insecure: boolean
  readonly ca?: string | undefined
  readonly alpn?: readonly string[]
}

/** TLS of a monitor: that of the service, with its own settings. */
const tlsOf = ({ serverName, insecure, ca, alpn = [] }: TlsPart, { tls }: Service): NonNullable<Service['tls']> => ({
  ...tls,
  serverName: serverName ?? tls?.serverName,
  verify: insecure ? 'off' : tls?.verify ?? 'strict',
  ca: ca ?? tls?.ca,
  alpn: [...alpn]
})

const webSocketOf = (
  { path, subprotocol, headers }: Extract<MonitorConfig, { type: 'ws' | 'wss' }>
): NonNullable<Service['websocket']> => ({ path, subprotocol, headers, messages: 'binary', maxMessageBytes: 64 * 1024 })

const whole = (_config: unknown, service: Service): Service => service

/** Every type of monitor. */
const kinds = {
  tcp: {
    reached: (_config, service) => ({ ...as('USER_TCP', {}, service), proxyProtocol: undefined }),
    make: (config, target, means, events) => new DialMonitor(config, target, 'the TCP probe connected', means, events)
  },
  tls: {
    reached: (config, service) => as('USER_SSL_TCP', config, service, { tls: tlsOf(config, service) }),
    make: (config, target, means, events) =>
      new DialMonitor(config, target, 'the TLS handshake succeeded', means, events)
  },
  http: {
    reached: (config, service) => as('HTTP', config, service),
    make: (config, target, means, events) => new HttpMonitor(config, target, means, events)
  },
  https: {
    reached: (config, service) => as('HTTPS', config, service, { tls: tlsOf(config, service) }),
    make: (config, target, means, events) => new HttpMonitor(config, target, means, events)
  },
  ws: {
    reached: (config, service) => as('USER_WS', config, service, { websocket: webSocketOf(config) }),
    make: (config, target, means, events) => new DialMonitor(config, target, 'the WebSocket was opened', means, events)
  },
  wss: {
    reached: (config, service) =>
      as('USER_WSS', config, service, { tls: tlsOf(config, service), websocket: webSocketOf(config) }),
    make: (config, target, means, events) => new DialMonitor(config, target, 'the WebSocket was opened', means, events)
  },
  'send-expect': {
    reached: whole,
    make: (config, target, means, events) => new SendExpectMonitor(config, target, means, events)
  },
  extension: {
    reached: whole,
    make: (config, target, means, events) => new ExtensionMonitor(config, target, means, events)
  },
  passive: {
    reached: (_config, service) => as('USER_TCP', {}, service),
    make: (config, _target, _means, events) => new PassiveMonitor(config, events)
  }
} satisfies { [T in MonitorType]: MonitorKind<Extract<MonitorConfig, { type: T }>> }

const kindOf = ({ type }: MonitorConfig): MonitorKind<MonitorConfig> => kinds[type] as MonitorKind<MonitorConfig>

/** How a monitor reaches a service. References have been checked. */
export const targetFor = (config: MonitorConfig, { service, certkeys }: Probed): DialTarget => {
  const { address, addresses, port, nodeSockets, layers } = targetOf(kindOf(config).reached(config, service), certkeys)
  const own: Partial<Pick<ProbingMonitor, 'port' | 'timeoutSeconds'>> = config.type === 'passive' ? {} : config
  return {
    address,
    addresses,
    port: own.port ?? port,
    timeoutMs: (own.timeoutSeconds ?? 0) * 1000,
    nodeSockets,
    layers
  }
}

/** Start a monitor of the configured type. */
export const createMonitor = (
  config: MonitorConfig,
  target: DialTarget,
  means: MonitorMeans,
  events: MonitorEvents
): Monitor => kindOf(config).make(config, target, means, events)

/** Returns equal text for equal monitors, so that one with an unchanged configuration continues undisturbed. */
export const identityOf = ({ weight: _, ...config }: MonitorConfig, target: DialTarget): string =>
  JSON.stringify([config, target])
