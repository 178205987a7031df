import { equal, layersTo, vserverHttp, vserverLayers, vserverWebSocket, type LayerName, type Service, type Transport, type UserVserver } from '@weirlb/model'
import type { DialLayer, ServerLayer } from './layer/layer.ts'
import type { DialTarget } from './layer/layered-dial.ts'
import type { CertkeyContents } from './layer/tls/certkey-contents.ts'
import { ProxyDialLayer } from './layer/proxy/proxy-dial-layer.ts'
import { ProxyServerLayer } from './layer/proxy/proxy-server-layer.ts'
import { TlsDialLayer } from './layer/tls/tls-dial-layer.ts'
import { tlsClientOptions, tlsServerOptions } from './layer/tls/tls-options.ts'
import { TlsServerLayer } from './layer/tls/tls-server-layer.ts'
import { HttpDialLayer } from './layer/http/http-dial-layer.ts'
import type { HttpServerOptions } from './layer/http/http-front.ts'
import { HttpServerLayer } from './layer/http/http-server-layer.ts'
import { WebSocketDialLayer, webSocketClientOptions } from './layer/websocket/websocket-dial-layer.ts'
import { WebSocketServerLayer } from './layer/websocket/websocket-server-layer.ts'

/** Facts about the protocol above that a listener's layers need. */
export interface ProtocolSpeech {
  /** Its names on WebSockets, the best first. */
  readonly subprotocols: readonly string[]
  /** Kind of its WebSocket messages. */
  readonly messages: 'binary' | 'text' | 'both'
}

/** Further inputs of clients' layers, beside their vserver: all certkeys, and the source of the TLS ticket keys. */
export interface ServerSecrets { readonly certkeys: readonly CertkeyContents[], readonly ticketSecret?: string | undefined }

/** One kind of layer. */
interface LayerKind {
  /** True if it is built on Node's streams, and so on Node's sockets, whatever transport plain TCP uses. */
  readonly nodeSockets: boolean
  /** For the clients of a vserver; `present`, if that is the same. Throws a WeirError that names the unusable part. */
  readonly server: (vserver: UserVserver, secrets: ServerSecrets, speech: ProtocolSpeech | undefined, present: ServerLayer | undefined) => ServerLayer
  /** For the connections to a service. */
  readonly dial: (service: Service, certkeys: readonly CertkeyContents[]) => DialLayer
}

/** Every kind of layer. Which of them a transport has is in `transportLayers` of `@weirlb/model`. */
const layerKinds = {
  proxy: {
    nodeSockets: false,
    server: ({ proxyProtocol }) => new ProxyServerLayer(proxyProtocol!),
    dial: ({ proxyProtocol }) => new ProxyDialLayer(proxyProtocol!)
  },
  tls: {
    nodeSockets: true,
    server: (vserver, { certkeys, ticketSecret }, _speech, present) => {
      const options = tlsServerOptions(vserver, certkeys, ticketSecret)
      if (!(present instanceof TlsServerLayer)) return new TlsServerLayer(options)
      return equal(present.options, options) ? present : new TlsServerLayer(options, present.gate)
    },
    dial: (service, certkeys) => new TlsDialLayer(tlsClientOptions(service, certkeys))
  },
  http: {
    nodeSockets: true,
    server: ({ http }, _secrets, speech, present) => {
      // Without a route there are upgrades alone, with the same limits.
      const { maxConnections, maxHeadBytes, maxBodyBytes, headTimeoutSeconds, keepAliveSeconds, timeoutSeconds } = vserverHttp.parse(http ?? {})
      const options: HttpServerOptions = {
        maxConnections,
        maxHeadBytes,
        maxBodyBytes,
        headTimeoutMs: headTimeoutSeconds * 1000,
        keepAliveMs: keepAliveSeconds * 1000,
        timeoutMs: timeoutSeconds * 1000,
        // Without an extension there is nobody for a WebSocket, and all else is forwarded.
        upgrades: speech !== undefined,
        forwards: speech === undefined || http?.defaultLb !== undefined
      }
      return present instanceof HttpServerLayer && equal(present.options, options) ? present : new HttpServerLayer(options)
    },
    dial: () => new HttpDialLayer()
  },
  websocket: {
    nodeSockets: true,
    server: ({ websocket }, _secrets, speech) => {
      const { pingSeconds, ...limits } = vserverWebSocket.parse(websocket ?? {})
      return new WebSocketServerLayer({ ...limits, pingMs: pingSeconds * 1000, masks: false, ...speech! })
    },
    dial: service => new WebSocketDialLayer(webSocketClientOptions(service))
  }
} satisfies Record<LayerName, LayerKind>

const onNode = (names: readonly LayerName[]): boolean => names.some(name => layerKinds[name].nodeSockets)

/** Returns true if the listener of a vserver must use Node's own sockets. */
export const needsNodeSockets = (vserver: UserVserver, transport: Transport): boolean => onNode(vserverLayers(vserver, transport))

/**
 * The layers of a vserver's clients, from the sockets upwards. References have been checked. `present`: those that it has; what did not change is taken over.
 * Throws WeirError certificate-invalid or config-invalid.
 */
export const serverLayers = (vserver: UserVserver, transport: Transport, secrets: ServerSecrets, speech: ProtocolSpeech | undefined, present: readonly ServerLayer[]): readonly ServerLayer[] =>
  vserverLayers(vserver, transport).map(name => layerKinds[name].server(vserver, secrets, speech, present.find(layer => layer.name === name)))

/** How a service is reached: its address, its time, and the layers of its type. References have been checked. */
export const targetOf = (service: Service, certkeys: readonly CertkeyContents[]): DialTarget => {
  const names = layersTo(service)
  return {
    address: service.address,
    port: service.port,
    timeoutMs: service.connectTimeoutSeconds * 1000,
    keepAlive: service.tcpKeepAlive,
    nodeSockets: onNode(names),
    layers: names.map(name => layerKinds[name].dial(service, certkeys))
  }
}
