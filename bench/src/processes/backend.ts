// The servers, all in one process: two MQTT servers, and two in WebSockets; with a certificate one more over TLS, for
// clients that come without a proxy; two HTTP servers; four syslog collectors; four servers of Redis. Says { ports,
// tls, webSockets, http, collectors, redis }, and answers 'arrived' with how many messages each collector has got. usage: backend.ts [CERT KEY]
import { listenSyslog } from './backend/collector.ts'
import { listenHttp } from './backend/http-server.ts'
import { listenRedis } from './backend/redis-server.ts'
import { listenMqtt, listenMqttTls, listenMqttWebSocket } from './backend/mqtt-server.ts'

const [, , cert, key] = process.argv
const COLLECTORS = 4
const REDIS = 4

const ports = [await listenMqtt(0), await listenMqtt(1)]
const tls = cert === undefined || key === undefined ? [] : [await listenMqttTls(cert, key)]
const webSockets = [await listenMqttWebSocket(0), await listenMqttWebSocket(1)]
const http = [await listenHttp(), await listenHttp()]
const collectors = await Promise.all(Array.from({ length: COLLECTORS }, listenSyslog))
const redis = await Promise.all(Array.from({ length: REDIS }, listenRedis))
process.on('message', () => process.send!(collectors.map(collector => collector.arrived)))
process.on('disconnect', () => process.exit())
process.send!({ ports, tls, webSockets, http, collectors: collectors.map(collector => collector.port), redis })
