import type { CloseReason } from './close-reason.ts'
import type { Service, ServiceType } from './service.ts'
import { transport, type Transport } from './user-protocol.ts'
import type { UserVserver } from './user-vserver.ts'

/**
 * Layers between the sockets and the protocol's bytes. A new layer is a name here and a row in `layerKinds` of
 * `@weirlb/link`.
 */
export type StackedLayer = 'proxy' | 'tls' | 'http' | 'websocket'

/** The same, and what is part of no transport: the choice between the protocols of one port, and TLS that passes. */
export type LayerName = StackedLayer | 'choose' | 'pass'

/**
 * The layers of each transport, from the sockets upwards. Listeners, dials and monitors read this table and no other.
 */
export const transportLayers = {
  tcp: [],
  ssl: ['tls'],
  ws: ['http', 'websocket'],
  wss: ['tls', 'http', 'websocket'],
  http: ['http'],
  https: ['tls', 'http']
} satisfies Record<Transport, readonly StackedLayer[]>

/** The transport of each type of service. */
export const serviceTransports = {
  USER_TCP: 'tcp',
  USER_SSL_TCP: 'ssl',
  USER_WS: 'ws',
  USER_WSS: 'wss',
  HTTP: 'http',
  HTTPS: 'https'
} satisfies Record<ServiceType, Transport>

/** Why a client's connection ends when a layer could not be put on it. */
export const layerReasons = {
  proxy: 'proxy-failed',
  tls: 'tls-failed',
  http: 'http-failed',
  websocket: 'upgrade-refused',
  choose: 'no-protocol',
  pass: 'tls-failed'
} satisfies Record<LayerName, CloseReason>

/** The same, where the client had not sent a byte and that is worth counting apart. */
export const silentReasons: Readonly<Partial<Record<LayerName, CloseReason>>> = {
  proxy: 'proxy-silent',
  choose: 'client-closed',
  pass: 'client-closed'
}

/** The layers of a transport, from the sockets upwards. */
export const layersOf = (transport: Transport): readonly StackedLayer[] => transportLayers[transport]

/**
 * The layers of the clients of a vserver: those of its transport, behind the PROXY protocol where a balancer in front
 * speaks it.
 */
export const vserverLayers = (
  { proxyProtocol }: Pick<UserVserver, 'proxyProtocol'>,
  transport: Transport
): readonly StackedLayer[] =>
  proxyProtocol === undefined ? transportLayers[transport] : ['proxy', ...transportLayers[transport]]

/** The layers of the connections to a service. */
export const layersTo = (
  { type, proxyProtocol, startTls }: Pick<Service, 'type' | 'proxyProtocol' | 'startTls'>
): readonly StackedLayer[] => {
  const layers: readonly StackedLayer[] = startTls ? startTlsLayers : transportLayers[serviceTransports[type]]
  return proxyProtocol === undefined ? layers : ['proxy', ...layers]
}

/** The types of service that have a layer. */
export const serviceTypesWith = (layer: StackedLayer): readonly ServiceType[] =>
  (Object.keys(serviceTransports) as ServiceType[]).filter(type => layersOf(serviceTransports[type]).includes(layer))

/** The transports that have a layer. */
export const transportsWith = (layer: StackedLayer): readonly Transport[] =>
  transport.options.filter(name => layersOf(name).includes(layer))

/** Transports whose clients send HTTP requests to an LB vserver, and nothing to an extension. */
export const httpTransports: ReadonlySet<Transport> = new Set(['http', 'https'])

/** Types of service that answer HTTP requests; the others carry an extension's protocol. */
export const httpServices: ReadonlySet<ServiceType> = new Set(['HTTP', 'HTTPS'])

/** Layers that are put on a client's link when it asks for TLS inside its protocol. */
export const startTlsLayers: readonly StackedLayer[] = ['tls']

/** A vserver may precede its certificate. It begins to listen when it has one, and ends when it has none any more. */
export const lacksCertificate = (
  vserver: Pick<UserVserver, 'certificates' | 'tls'>,
  transports: readonly Transport[]
): boolean =>
  vserver.certificates.length === 0 && vserver.tls.psk.length === 0 &&
  transports.some(transport => layersOf(transport).includes('tls'))
