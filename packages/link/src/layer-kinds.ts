import {
  defaultVserverHttp,
  defaultVserverWebSocket,
  equal,
  heldVserver,
  layersOf,
  startTlsLayers,
  layersTo,
  vserverLayers,
  type ResolvedService,
  type Service,
  type StackedLayer,
  type Transport,
  type UserVserver
} from '@weirlb/model'
import type { DialLayer, ServerLayer } from './layer/layer.ts'
import type { DialTarget } from './layer/layered-dial.ts'
import type { Challenges } from './layer/challenges.ts'
import type { Pressure } from './layer/pressure.ts'
import type { CertkeyContents } from './layer/tls/certkey-contents.ts'
import { ChooseServerLayer, type Way } from './layer/choose/choose-server-layer.ts'
import type { ByteRange } from './layer/choose/first-bytes.ts'
import { PassServerLayer, type PassOptions } from './layer/tls/pass-server-layer.ts'
import { ProxyDialLayer } from './layer/proxy/proxy-dial-layer.ts'
import { ProxyServerLayer } from './layer/proxy/proxy-server-layer.ts'
import { TlsDialLayer } from './layer/tls/tls-dial-layer.ts'
import { tlsClientOptions, tlsServerOptions } from './layer/tls/tls-options.ts'
import { ValidationLayer } from './layer/tls/validation-layer.ts'
import { TlsServerLayer } from './layer/tls/tls-server-layer.ts'
import type { AffinityCookie, CookieKeys } from './layer/http/affinity-cookie.ts'
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

/**
 * Further inputs of clients' layers, beside their vserver: all certkeys, the source of the TLS ticket keys, and the
 * answers to authorities, which are the same in all revisions.
 */
export interface ServerSecrets {
  readonly certkeys: readonly CertkeyContents[]
  readonly ticketSecret?: string | undefined
  readonly challenges: Challenges
  /** Affinity cookies of its WebSocket clients. */
  readonly cookies?: readonly AffinityCookie[] | undefined
  readonly cookieKeys: CookieKeys
  /** Default: there are no floods. */
  readonly pressure?: Pressure | undefined
}

/** One kind of layer. */
interface LayerKind {
  /** True if it is built on Node's streams, and so on Node's sockets, whatever transport plain TCP uses. */
  readonly nodeSockets: boolean
  /** For the clients of a vserver; `present`, if that is the same. Throws a WeirError that names the unusable part. */
  readonly server: (
    vserver: UserVserver,
    secrets: ServerSecrets,
    speech: ProtocolSpeech | undefined,
    present: ServerLayer | undefined
  ) => ServerLayer
  /** For the connections to a service. */
  readonly dial: (service: Service, certkeys: readonly CertkeyContents[]) => DialLayer
}

/**
 * Every kind of layer but the choice, which is made from others. Which of them a transport has is in `transportLayers`
 * of `@weirlb/model`.
 */
const layerKinds = {
  proxy: {
    nodeSockets: false,
    server: ({ proxyProtocol }) => new ProxyServerLayer(proxyProtocol!),
    dial: ({ proxyProtocol }) => new ProxyDialLayer(proxyProtocol!)
  },
  tls: {
    nodeSockets: true,
    server: (vserver, { certkeys, ticketSecret, challenges, pressure }, _speech, present) => {
      const options = tlsServerOptions(vserver, certkeys, ticketSecret)
      if (!(present instanceof TlsServerLayer)) return new TlsServerLayer(options, undefined, challenges, pressure)
      return equal(present.options, options) ? present : new TlsServerLayer(options, present.gate, challenges, pressure)
    },
    dial: (service, certkeys) => new TlsDialLayer(tlsClientOptions(service, certkeys), service.startTls)
  },
  http: {
    nodeSockets: true,
    server: (vserver, { challenges, pressure }, speech, present) => {
      // Without a route there are upgrades alone, with the same limits.
      const http = vserver.http ?? defaultVserverHttp
      const whole = { ...vserver, http }
      const { maxConnections, maxHeadBytes, maxBodyBytes, headTimeoutSeconds, keepAliveSeconds, timeoutSeconds } =
        heldVserver(whole, false).http!
      const options: HttpServerOptions = {
        maxConnections,
        maxHeadBytes,
        maxBodyBytes,
        headTimeoutMs: headTimeoutSeconds * 1000,
        tightHeadTimeoutMs: heldVserver(whole, true).http!.headTimeoutSeconds * 1000,
        keepAliveMs: keepAliveSeconds * 1000,
        timeoutMs: timeoutSeconds * 1000,
        // Without an extension there is nobody for a WebSocket, and all else is forwarded.
        upgrades: speech !== undefined,
        forwards: speech === undefined || http.defaultLb !== undefined
      }
      return present instanceof HttpServerLayer && equal(present.options, options)
        ? present
        : new HttpServerLayer(options, challenges, pressure)
    },
    dial: () => new HttpDialLayer()
  },
  websocket: {
    nodeSockets: true,
    server: (vserver, { cookies = [], cookieKeys }, speech) => {
      const { pingSeconds, ...limits } = heldVserver({
        ...vserver,
        websocket: vserver.websocket ?? defaultVserverWebSocket
      }, false).websocket!
      return new WebSocketServerLayer({
        ...limits,
        pingMs: pingSeconds * 1000,
        masks: false,
        cookies,
        cookieKeys,
        ...speech!
      })
    },
    dial: service => new WebSocketDialLayer(webSocketClientOptions(service))
  }
} satisfies Record<StackedLayer, LayerKind>

const onNode = (names: readonly StackedLayer[]): boolean => names.some(name => layerKinds[name].nodeSockets)

/** A user protocol of a vserver. */
export interface SpokenProtocol {
  readonly name: string
  readonly transport: Transport
  readonly speech: ProtocolSpeech | undefined
  /** Possible first bytes of its clients; undefined: any. */
  readonly begins: readonly ByteRange[] | undefined
  /** Its extension starts TLS inside the protocol. */
  readonly startTls: boolean
}

/** Returns true if the listener of a vserver must use Node's own sockets. */
export const needsNodeSockets = (vserver: UserVserver, spoken: readonly SpokenProtocol[]): boolean =>
  spoken.some(({ transport }) => onNode(vserverLayers(vserver, transport))) ||
  (startsTls(vserver, spoken) && onNode(startTlsLayers))

/**
 * The layers of a vserver's clients, from the sockets upwards. References have been checked. `present`: those that it
 * has; what did not change is taken over. `passes`: whose TLS does not end here; undefined: all does. Throws WeirError
 * certificate-invalid or config-invalid.
 */
export const serverLayers = (
  vserver: UserVserver,
  spoken: readonly SpokenProtocol[],
  secrets: ServerSecrets,
  present: readonly ServerLayer[],
  passes?: PassOptions['passes']
): readonly ServerLayer[] => {
  const before = present.flatMap(withWays)
  const make = (name: StackedLayer, speech: ProtocolSpeech | undefined): ServerLayer =>
    layerKinds[name].server(
      vserver,
      secrets,
      speech,
      before.find(layer =>
        layer.name === name && !(layer instanceof HttpServerLayer && layer.options.upgrades !== (speech !== undefined))
      )
    )
  const [only] = spoken
  const proxy = vserver.proxyProtocol === undefined ? [] : [make('proxy', undefined)]
  const pass = passes === undefined
    ? []
    : [new PassServerLayer({ passes, timeoutMs: vserver.limits.firstMessageTimeoutSeconds * 1000 })]
  return [
    ...proxy,
    ...pass,
    ...(spoken.length === 1
      ? layersOf(only!.transport).map(name => make(name, only!.speech))
      : sharedLayers(vserver, spoken, make))
  ]
}

/**
 * Returns true if clients can start TLS inside the protocol: one has a way to ask for it, and there is a certificate or
 * a key.
 */
const startsTls = ({ certificates, tls }: UserVserver, spoken: readonly SpokenProtocol[]): boolean =>
  certificates.length + tls.psk.length > 0 && spoken.some(({ transport, startTls }) => startTls && transport === 'tcp')

/**
 * The layers that a client's link gets when the client asks for TLS inside its protocol; none: TLS cannot be started.
 * `layers`: those of the listener, whose TLS is used if they have it, so that its limits count both. `present`: what
 * the vserver had before. Throws WeirError certificate-invalid or config-invalid.
 */
export const tlsLayersInside = (
  vserver: UserVserver,
  spoken: readonly SpokenProtocol[],
  secrets: ServerSecrets,
  layers: readonly ServerLayer[],
  present: readonly ServerLayer[]
): readonly ServerLayer[] => {
  if (!startsTls(vserver, spoken)) return []
  const named = (name: StackedLayer, among: readonly ServerLayer[]): ServerLayer | undefined =>
    among.flatMap(withWays).find(layer => layer.name === name)
  return startTlsLayers.map(name =>
    named(name, layers) ?? layerKinds[name].server(vserver, secrets, undefined, named(name, present))
  )
}

/** Time for an authority to ask. */
const VALIDATION_MS = 10_000

/** The layers of clients that may do nothing but validate host names, on Node's sockets. */
export const validationLayers = (challenges: Challenges): readonly ServerLayer[] => {
  const limits = {
    maxConnections: 0,
    maxHeadBytes: 16_384,
    maxBodyBytes: 0,
    headTimeoutMs: VALIDATION_MS,
    keepAliveMs: VALIDATION_MS,
    timeoutMs: VALIDATION_MS
  }
  const http = new HttpServerLayer({ ...limits, upgrades: false, forwards: false, validatesOnly: true }, challenges)
  const ways = {
    tls: { protocol: undefined, layers: [new ValidationLayer(challenges, VALIDATION_MS)] },
    http: { protocol: undefined, layers: [http] }
  }
  return [new ChooseServerLayer({ ways, begins: undefined, aboveTls: false, timeoutMs: VALIDATION_MS })]
}

/** A layer and all above it. */
const withWays = (layer: ServerLayer): ServerLayer[] =>
  layer instanceof ChooseServerLayer ? [layer, ...layer.layers.flatMap(withWays)] : [layer]

/**
 * The layers of several protocols on one port:
 *
 *   choose ─► TLS ─► choose ─► HTTP ─► WebSocket        a choice with one way is left out
 *      │                └────► the bytes themselves
 *      ├─────► HTTP ─► WebSocket
 *      └─────► the bytes themselves
 */
const sharedLayers = (
  { limits }: UserVserver,
  spoken: readonly SpokenProtocol[],
  make: (name: StackedLayer, speech: ProtocolSpeech | undefined) => ServerLayer
): readonly ServerLayer[] => {
  const made = new Map<string, ServerLayer>()
  // What is common to TLS and no TLS, such as a maximum of connections, counts both.
  const shared = (name: StackedLayer, speech: ProtocolSpeech | undefined): ServerLayer => {
    const key = `${name} ${speech !== undefined}`
    const layer = made.get(key) ?? make(name, speech)
    made.set(key, layer)
    return layer
  }
  const has = (name: StackedLayer) => ({ transport }: SpokenProtocol): boolean => layersOf(transport).includes(name)
  const wayOf = (protocol: SpokenProtocol | undefined): Way | undefined => protocol && {
    protocol: protocol.name,
    layers: layersOf(protocol.transport).filter(name => name !== 'tls').map(name => shared(name, protocol.speech))
  }
  const choice = (among: readonly SpokenProtocol[], tls: Way | undefined): ServerLayer => {
    const raw = among.find(each => !has('http')(each))
    const http = wayOf(among.find(has('http')))
    const ways = { ...(tls && { tls }), ...(http && { http }), ...(raw && { raw: wayOf(raw)! }) }
    return new ChooseServerLayer({
      ways,
      begins: raw?.begins,
      aboveTls: among.some(has('tls')),
      timeoutMs: limits.firstMessageTimeoutSeconds * 1000
    })
  }
  const secure = spoken.filter(has('tls'))
  const plain = spoken.filter(each => !has('tls')(each))
  if (secure.length === 0) return [choice(plain, undefined)]
  const tls = make('tls', undefined)
  if (secure.length > 1) {
    const way: Way = { protocol: undefined, layers: [tls, choice(secure, undefined)] }
    return plain.length === 0 ? way.layers : [choice(plain, way)]
  }
  const { protocol, layers } = wayOf(secure[0])!
  return [choice(plain, { protocol, layers: [tls, ...layers] })]
}

/** How a service is reached: its address, its time, and the layers of its type. References have been checked. */
export const targetOf = (service: ResolvedService, certkeys: readonly CertkeyContents[]): DialTarget => {
  const names = layersTo(service)
  return {
    address: service.address,
    addresses: service.addresses,
    port: service.port,
    timeoutMs: service.connectTimeoutSeconds * 1000,
    keepAlive: service.tcpKeepAlive,
    nodeSockets: onNode(names),
    layers: names.map(name => layerKinds[name].dial(service, certkeys))
  }
}
