// Time in which a worker did not run counts for no client: what they said meanwhile waits in the kernel.
import net from 'node:net'
import { generate } from 'mqtt-packet'
import { until } from '@weirlb/testing'
import { expect, onTestFinished, test } from 'vitest'
import { MqttSocket } from '../support/mqtt-socket.ts'
import { WeirProcess } from '../support/weir-process.ts'

const CLIENTS = 20
/** Over one and a half times the keep alive. */
const STOPPED_MS = 2500
const PING_MS = 200
const PING = generate({ cmd: 'pingreq' })
const accepted = generate({ cmd: 'connack', sessionPresent: false, returnCode: 0 })

test.each(['node', 'auto'])('transport %s: clients that ping outlive a worker that stands still longer than their keep alive; one that is silent does not', async transport => {
  let [sent, pinged] = [0, 0]
  const broker = net.createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write(accepted)
      socket.on('data', bytes => { pinged += bytes.length / PING.length })
    })
  })
  await new Promise<void>(resolve => { broker.listen(0, '127.0.0.1', resolve) })
  const weir = await WeirProcess.start({ workers: 1, transport })
  const clients: MqttSocket[] = []
  onTestFinished(async () => {
    for (const client of clients) client.destroy()
    await weir.stop()
    broker.close()
  })
  const { api } = weir
  await api.call('createExtension', { body: { name: 'mqtt', builtin: 'mqtt', limits: { batchTimeoutMs: 5000 } } })
  await api.call('createUserProtocol', { body: { name: 'MQTT', transport: 'tcp', extension: 'mqtt' } })
  await api.call('createService', { body: { name: 'broker', address: '127.0.0.1', port: (broker.address() as net.AddressInfo).port, monitors: [] } })
  await api.call('createLbVserver', { body: { name: 'brokers', services: [{ name: 'broker' }] } })
  await api.call('createUserVserver', { body: { name: 'mqtt', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'brokers' } })
  const port = await api.port('mqtt')
  for (let i = 0; i < CLIENTS; i++) {
    const client = new MqttSocket(port)
    clients.push(client)
    await client.send(generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clientId: `dev-${i}`, clean: true, keepalive: 1 }))
    await client.packet('connack')
  }
  const pings = setInterval(() => {
    for (const client of clients) {
      if (client.closed) continue
      sent++
      void client.send(PING).catch(() => {})
    }
  }, PING_MS)
  onTestFinished(() => { clearInterval(pings) })
  const { workers } = (await api.call('getHealth')).body
  process.kill(workers[0]!.pid, 'SIGSTOP')
  await new Promise(resolve => { setTimeout(resolve, STOPPED_MS) })
  process.kill(workers[0]!.pid, 'SIGCONT')
  // All that came meanwhile, and one ping more of each client.
  const wanted = sent + CLIENTS
  await until(() => pinged >= wanted || clients.some(({ closed }) => closed), 'the pings to pass')
  expect(clients.filter(({ closed }) => closed)).toEqual([])
  clearInterval(pings)
  await until(() => clients.every(({ closed }) => closed), 'silent clients to be closed')
  const ends = (): unknown[] => weir.log.filter(line => line.msg === 'connection closed').map(({ reason }) => reason)
  await until(() => ends().length === CLIENTS, 'every close to be logged')
  expect(ends()).toEqual(clients.map(() => 'idle-timeout'))
})
