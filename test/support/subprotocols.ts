// Servers of MQTT over WebSocket that name every sub-protocol that they are offered.
import { once } from 'node:events'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import { tunnelProtocol } from './client-info-protocol.ts'
import { atEnd, startEngine } from './engine-bench.ts'

const offered = ['mqtt', 'mqttv3.1']

/** Have a message of its own come back to a client. */
const echoed = async (client: MqttClient): Promise<string> => {
  const message = new Promise<string>(resolve => {
    client.once('message', (_topic, payload) => {
      resolve(payload.toString())
    })
  })
  await client.subscribeAsync('echo', { qos: 1 })
  await client.publishAsync('echo', 'came back', { qos: 1 })
  return await message
}

/**
 * That the server on this port is refused by `ws` when it is offered two names, and that Weir before it names one to
 * clients.
 */
export const namesOne = async (
  port: number,
  path: string,
  credentials: Pick<IClientOptions, 'username' | 'password'> = {}
): Promise<void> => {
  const [refused] = await once(new WebSocket(`ws://127.0.0.1:${port}${path}`, offered), 'error') as [Error]
  expect(refused.message).toBe('Server sent an invalid subprotocol')

  const bench = await startEngine({
    extensions: [{ name: 'ext', source: tunnelProtocol.replace("name: 'through'", "name: 'through', websocket: { subprotocols: ['mqtt', 'mqttv3.1'] }") }],
    userProtocols: [{ name: 'T', transport: 'tcp', extension: 'ext' }, { name: 'W', transport: 'ws', extension: 'ext' }],
    services: [{ name: 's1', type: 'USER_WS', address: '127.0.0.1', port, websocket: { path, subprotocol: 'mqtt' } }],
    lbVservers: [{ name: 'lb', type: 'USER_WS', services: [{ name: 's1' }] }],
    userVservers: [{ name: 'tcp', protocol: 'T', address: '127.0.0.1', port: 0, defaultLb: 'lb' }, { name: 'ws', protocol: 'W', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
  })
  let socket: WebSocket | undefined
  const createWebsocket = (url: string): WebSocket => socket = new WebSocket(url, offered)
  for (const url of [`mqtt://127.0.0.1:${bench.port('tcp')}`, `ws://127.0.0.1:${bench.port('ws')}`]) {
    const client = await connectAsync(url, { reconnectPeriod: 0, createWebsocket, ...credentials })
    atEnd(() => { client.end(true) })
    expect(await echoed(client)).toBe('came back')
  }
  expect(socket!.protocol).toBe('mqtt')
}
