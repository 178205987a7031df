import { extension, type Extension } from './extension.ts'
import { vserverHttp, type VserverHttp } from './http.ts'
import { persistenceCookie, type PersistenceCookie } from './persistence.ts'
import { service, type Service } from './service.ts'
import { vserverTls, type VserverTls } from './vserver-tls.ts'
import { vserverWebSocket, type VserverWebSocket } from './websocket.ts'

// Plain data: the bundle of a worker holds these values, and none of the schemas that they come from.

/** TLS with clients where nothing is set. */
export const defaultVserverTls: VserverTls = vserverTls.parse({})

/** HTTP with clients where nothing is set. */
export const defaultVserverHttp: VserverHttp = vserverHttp.parse({})

/** WebSockets with clients where nothing is set. */
export const defaultVserverWebSocket: VserverWebSocket = vserverWebSocket.parse({})

/** The cookie of persistence where nothing is set. */
export const defaultPersistenceCookie: PersistenceCookie = persistenceCookie.parse({})

/** An extension of which nothing is set but an empty text. */
export const defaultExtension: Extension = extension.parse({ name: 'none', source: '' })

/** A service on loopback of which nothing is set, without monitors. */
export const defaultService: Service = service.parse({ name: 'none', address: '127.0.0.1', port: 1, monitors: [] })
